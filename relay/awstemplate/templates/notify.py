"""Adds a queue to the notifications of a bucket that was there before the stack, and takes it away with the stack."""
import json
import urllib.request

import boto3

s3 = boto3.client("s3")


def change(bucket, name, queue):
    """Puts the notification of this name, or removes it where queue is None. Those of others stay."""
    now = s3.get_bucket_notification_configuration(Bucket=bucket)
    now.pop("ResponseMetadata", None)
    queues = [q for q in now.get("QueueConfigurations", []) if q.get("Id") != name]
    if queue:
        queues.append({"Id": name, "QueueArn": queue, "Events": ["s3:ObjectCreated:*"]})
    now["QueueConfigurations"] = queues
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=now)


def handler(event, context):
    want = event["ResourceProperties"]
    name = event.get("PhysicalResourceId") or want["Bucket"] + "/" + want["Id"]
    status, reason = "SUCCESS", "done"
    try:
        name = want["Bucket"] + "/" + want["Id"]  # another name: CloudFormation deletes the old one after this
        change(want["Bucket"], want["Id"], None if event["RequestType"] == "Delete" else want["Queue"])
    except Exception as e:  # whatever it is, CloudFormation waits for an answer
        status, reason = "FAILED", f"setting the notification of {want.get('Bucket')}: {e}"
        if event["RequestType"] == "Delete" and "NoSuchBucket" in str(e):
            status = "SUCCESS"
        print(reason)
    answer = {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
    answer.update(Status=status, Reason=reason[:1000], PhysicalResourceId=name)
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"), timeout=30)
