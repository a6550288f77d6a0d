"""cloudkit's peers for the speed harness: boto3's engine and obstore's, the same calls that a user writes.

The harness executes this file with `peer`, `Base` and `payload` in scope, as its README says.
"""

# ruff: noqa: F821
# mypy: ignore-errors


class Cloudkit(Base):
    venv = "project"
    engine = "boto3"
    # The same as boto3's own peers: CRC32 on the way up, verified on the way down.
    checksums = "when_supported"

    def setup(self):
        import os

        os.environ.setdefault("AWS_REGION", "us-east-1")
        from cloudkit import Cloud, Transfers

        transfers = Transfers(engine=self.engine, checksums=self.checksums)
        self.cloud = Cloud(region="us-east-1", endpoint_url=self.E["url"], transfers=transfers)
        if self.E.get("sqs"):
            from cloudkit import Queue

            self.queue = Queue("q1", url=f"{self.E['url']}/000000000000/q1", cloud=self.cloud)
            # As the others, whose client is made before the clock.
            self.cloud.client("sqs")
        elif self.E.get("ec2"):
            self.cloud.client("ec2")
        elif self.E.get("bucket"):
            from cloudkit import Bucket

            self.bucket = Bucket(self.E["bucket"], cloud=self.cloud)

    def _warm(self):
        self.bucket.exists()

    warm_up_many = warm_down_many = warm_up_large = warm_down_large = warm_list_all = warm_stream_down = _warm
    warm_list_keep = warm_delete_many = _warm

    # -- one call after the other --

    def head1(self):
        thing = self.bucket[self.E["key"]]
        for _ in range(self.E["n"]):
            thing.refresh()

    def get1(self):
        thing = self.bucket[self.E["key"]]
        for _ in range(self.E["n"]):
            thing.read_bytes()

    def put1(self):
        data = payload(1024)
        thing = self.bucket["p"]
        for _ in range(self.E["n"]):
            thing.write_bytes(data)

    def warm_head1(self):
        self.bucket[self.E["key"]].exists()

    def warm_get1(self):
        self.bucket[self.E["key"]].read_bytes()

    def warm_put1(self):
        self.bucket["p"].write_bytes(b"")

    # -- many small objects --

    def up_many(self):
        data = payload(self.E["size"])
        return self.bucket.write_many((key, data) for key in self.keys())

    def down_many(self):
        return sum(len(data) for _, data in self.bucket.read_many(self.keys()))

    def delete_many(self):
        return self.bucket.delete_objects(self.keys())

    # -- one large object --

    def up_large(self):
        self.bucket[self.E["key"]].upload(self.E["src"])

    def down_large(self):
        import os

        self.bucket[self.E["key"]].download(self.E["dst"])
        return os.path.getsize(self.E["dst"])

    def stream_down(self):
        count = 0
        with self.bucket[self.E["key"]].open("rb") as file:
            while piece := file.read(1 << 20):
                count += len(piece)
        return count

    # -- listings --

    def list_all(self):
        return sum(1 for _ in self.bucket.objects())

    def list_keep(self):
        return len(self.bucket.objects().to_list())

    # -- instances --

    def describe(self):
        from cloudkit import Instance

        # As the others, which have all fields: three are read of each.
        found = Instance.list(cloud=self.cloud)
        return sum(1 for box in found if box.id and box.type and box.zone)

    # -- messages --

    width = 32

    def sqs_send(self):
        from concurrent.futures import ThreadPoolExecutor

        body = "x" * self.E["size"]
        with ThreadPoolExecutor(self.width) as pool:
            return sum(1 for _ in pool.map(lambda _: self.queue.send(body), range(self.E["n"])))

    def sqs_send_batch(self):
        body = "x" * self.E["size"]
        return len(self.queue.send_many(body for _ in range(self.E["n"])))

    def sqs_drain(self):
        from concurrent.futures import ThreadPoolExecutor

        def drain(_):
            return self.queue.delete_messages(self.queue.receive(10, wait=0))

        with ThreadPoolExecutor(self.width) as pool:
            return sum(pool.map(drain, range(self.E["n"] // 10)))


@peer("cloudkit")
class CloudkitPlain(Cloudkit):
    pass


@peer("cloudkit fast")
class CloudkitFast(Cloudkit):
    """obstore's engine. Like obstore's own peers it sends SHA-256 (in the signature) and verifies nothing."""

    engine = "auto"
    checksums = "auto"
    sqs_send = sqs_send_batch = sqs_drain = describe = None


@peer("cloudkit, parallel listing")
class CloudkitParallel(Cloudkit):
    """Key ranges that it finds by itself."""

    describe = None

    def list_all(self):
        return sum(1 for _ in self.bucket.objects(parallel=16))

    head1 = get1 = put1 = up_many = down_many = delete_many = up_large = down_large = stream_down = (
        list_keep
    ) = sqs_send = sqs_send_batch = sqs_drain = None
