"""Launch a fleet, let each instance do its share of a job over SSH, collect the results in a bucket, and end it all."""

from cloudkit import Bucket, Instance

shares = ["600851475143", "2147483649 4294967297", "seven"]  # the last one cannot be done

bucket = Bucket.ensure("acme-factors")
with Instance.launch("al2023", "t3.micro", count=len(shares), new_key=True, new_group=[]) as fleet:
    fleet[0].security_groups[0].allow_my_ip(22)
    for box, share in zip(fleet, shares, strict=True):
        with box.wait_ready("ssh").ssh() as ssh:
            ssh.put(share.encode(), "share.txt")

    results = fleet.run("factor < share.txt", timeout=600)  # on all of them at once

    for box, result in results.items():
        if result.ok:
            bucket[f"{box.id}.txt"].write_text(result.stdout)
        else:
            print(f"{box.id} has failed: {result.stderr.strip()}")
    for box, error in results.errors.items():
        print(f"{box.id} was not reached: {error}")
# The instances end here, and the key and the group that were made for them go with them.

for collected in bucket:
    print(collected.read_text().strip())
bucket.delete(force=True)
