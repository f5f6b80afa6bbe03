"""Stands in for boto3: what index.py asks of S3 and Secrets Manager, over plain HTTP and from the environment."""
import os
import urllib.error
import urllib.parse
import urllib.request


def client(name):
    return {"s3": S3, "secretsmanager": Secrets}[name]()


class S3:
    def get_object(self, Bucket, Key, VersionId=None):
        url = os.environ["TEST_S3"] + "/" + Bucket + "/" + urllib.parse.quote(Key)
        if VersionId:
            url += "?versionId=" + VersionId
        scope = "AWS4-HMAC-SHA256 Credential=test/20260102/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        try:
            answer = urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": scope}))
        except urllib.error.HTTPError as e:
            raise RuntimeError("An error occurred when calling the GetObject operation: " + e.read().decode()) from e
        return {"Body": answer, "ETag": answer.headers["ETag"]}


class Secrets:
    def get_secret_value(self, SecretId):
        with open(SecretId) as f:
            return {"SecretString": f.read()}
