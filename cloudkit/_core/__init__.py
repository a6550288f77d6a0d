"""What every service stands on. The only place that knows boto3."""
