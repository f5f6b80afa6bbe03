"""Pushes VPC flow logs to a relay: reads each object that S3 announces while it streams by, in requests that the relay stores once.

What cannot be delivered goes back to the queue and comes again; the queue's redrive policy ends that in the dead-letter queue. CloudFormation or Terraform
calls the same function before the first log, to see whether the relay answers (preflight).
"""
import base64
import gzip
import hashlib
import http.client
import json
import os
import random
import re
import socket
import ssl
import time
import urllib.parse
import urllib.request
import zlib

import boto3

BLOCK = 700_000  # bytes of lines in a request; a relay takes records of 1 MiB
CHUNK = 262_144  # bytes read and inflated at a time
TIMEOUT = 30  # seconds for the relay to answer
MARGIN = 40  # seconds left when the last try begins

s3 = boto3.client("s3")
secrets = boto3.client("secretsmanager")
state = {}  # the token, and the open connection


class Busy(Exception):
    """The relay cannot take more now, or is not there."""


class NoToken(Exception):
    """Secrets Manager does not hand out the token now. To a role that was just made it may take a while to."""


class Unreachable(Exception):
    """Why nothing can be pushed, for who makes the stack."""


class Refused(Exception):
    """The relay will not take this as it is."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def url():
    u = urllib.parse.urlsplit(os.environ["LOG_URL"])
    if u.scheme != "https" or not u.hostname:
        raise Refused(0, "LogUrl has to begin with https://")
    return u.hostname, u.port or 443, u.path.rstrip("/") or "/ingest/vpcflow"


def tls():
    found = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", os.environ.get("CA_CERTIFICATE", ""), re.DOTALL)
    authorities = b"".join(base64.b64decode(c) for c in found)  # consoles make blanks of line ends, which PEM does not allow
    context = ssl.create_default_context(cadata=authorities or None)
    if os.environ.get("STRICT_SSL", "True") == "False":
        print("WARNING: StrictSsl is False: whoever is between here and the relay can read and change the logs")
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def token():
    if time.time() > state.get("until", 0):
        try:
            text = secrets.get_secret_value(SecretId=os.environ["TOKEN_SECRET"])["SecretString"].strip()
        except Exception as e:
            raise NoToken(f"{type(e).__name__}: {e}") from e
        if text.startswith("{"):
            text = json.loads(text)["api_key"]  # in the form of Firehose
        state.update(token=text, until=time.time() + 300)
    return state["token"]


def drop_connection():
    connection = state.pop("connection", None)
    if connection:
        connection.close()


def post(request_id, records, source, attributes):
    """Sends one request. Returns status, seconds to wait if the relay names them, and what it said."""
    host, port, path = url()
    body = gzip.compress(json.dumps({
        "requestId": request_id, "timestamp": int(time.time() * 1000), "records": [{"data": base64.b64encode(r).decode()} for r in records],
    }).encode(), 5)
    headers = {
        "Content-Type": "application/json", "Content-Encoding": "gzip", "User-Agent": "logrelay-push/1", "X-Amz-Firehose-Protocol-Version": "1.0",
        "X-Amz-Firehose-Request-Id": request_id, "X-Amz-Firehose-Source-Arn": source, "X-Amz-Firehose-Access-Key": token(),
        "X-Amz-Firehose-Common-Attributes": json.dumps({"commonAttributes": attributes}),
    }
    if "connection" not in state:
        state["connection"] = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=tls())
    state["connection"].request("POST", path, body, headers)
    answer = state["connection"].getresponse()
    text = answer.read(65536)
    if answer.will_close:
        drop_connection()
    wait = answer.headers.get("Retry-After", "")
    status = answer.status
    if status == 200 and f'"{request_id}"' not in text.decode(errors="replace"):
        raise Refused(status, "what answers there is no relay: it does not repeat the id of the request")
    return status, int(wait) if wait.isdigit() else None, text[:500].decode(errors="replace")


def send(request_id, records, source, attributes, until):
    """Sends until the relay has it. Raises Busy when that would take longer than until, Refused when trying again is of no use."""
    tries, fresh = 0, False
    while True:
        wait = None
        try:
            status, wait, said = post(request_id, records, source, attributes)
            if status == 200:
                return
            if status == 401 and not fresh:  # the token may have changed
                state.pop("until", None)
                fresh = True
                continue
            if status != 429 and status < 500:
                raise Refused(status, f"the relay answers {status}: {said}")
            reason = f"the relay answers {status}: {said}"
        except NoToken as e:
            reason = f"the token cannot be read from Secrets Manager, see the secret, its key, and routes: {e}"
        except ssl.SSLCertVerificationError as e:
            drop_connection()
            raise Refused(0, f"the relay's certificate is not trusted: {e.verify_message}; name its CA in CaCertificate, or check the name in LogUrl") from e
        except socket.gaierror as e:
            drop_connection()
            reason = f"the name of the relay is not known here: {e}"
        except (OSError, http.client.HTTPException) as e:
            drop_connection()
            reason = f"no connection to the relay, see address, port, security groups and routes: {type(e).__name__}: {e}"
        if wait is None:
            wait = random.uniform(0.1, min(30, 0.5 * 2**tries))
        tries += 1
        if time.time() + wait > until:
            raise Busy(f"{reason} (tried {tries} times)")
        time.sleep(wait)


def inflate(body):
    """Yields the text of an object, inflated where it is gzip, of one member or several, in bounded pieces."""
    chunk = body.read(2)
    if len(chunk) == 1:
        chunk += body.read(1)
    if chunk != b"\x1f\x8b":
        while chunk:
            yield chunk
            chunk = body.read(CHUNK)
        return
    inflater = zlib.decompressobj(31)
    while chunk:
        yield inflater.decompress(chunk, CHUNK)
        chunk = inflater.unconsumed_tail
        if inflater.eof:
            chunk = inflater.unused_data or body.read(CHUNK)
            if not chunk:
                return
            inflater = zlib.decompressobj(31)
        chunk = chunk or body.read(CHUNK)
    raise ValueError("the object ends in the middle of its gzip")


def blocks(body):
    """Yields the lines in blocks, each with the header line first. Where a block ends depends on the text alone."""
    header, rest = None, b""
    for piece in inflate(body):
        rest += piece
        if header is None and (b"\n" in rest or len(rest) >= BLOCK):
            header = rest[:rest.find(b"\n") + 1]
            rest = rest[len(header):]
        while header is not None and len(rest) >= BLOCK:
            end = rest.rfind(b"\n", 0, BLOCK) + 1 or BLOCK
            yield header + rest[:end]
            rest = rest[end:]
    if rest:
        yield (header or b"") + rest


def push(bucket, key, version, until):
    where = {"Bucket": bucket, "Key": key}
    if version:
        where["VersionId"] = version
    found = s3.get_object(**where)
    attributes = {"bucket": bucket, "key": key[:1024]}
    if os.environ.get("TENANT_ID"):
        attributes["tenant_id"] = os.environ["TENANT_ID"]
    for n, block in enumerate(blocks(found["Body"])):
        if time.time() > until:
            raise Busy("no time is left; the relay knows the requests that it has when they come again")
        name = json.dumps([1, bucket, key, version or found["ETag"], n])
        send(hashlib.sha256(name.encode()).hexdigest(), [block], "arn:aws:s3:::" + bucket, attributes, until)


def handler(event, context):
    until = time.time() + context.get_remaining_time_in_millis() / 1000 - MARGIN
    soon = min(until, time.time() + 60)
    if "RequestType" in event:
        return answer_cloudformation(event, soon)
    if "Preflight" in event:
        return preflight(event["Preflight"], soon)
    failed, stop = [], False
    for message in event["Records"]:
        try:
            if stop:
                raise Busy("not tried after the one before it")
            for r in json.loads(message["body"]).get("Records", []):  # none in a test event of S3
                if r["eventName"].startswith("ObjectCreated:"):
                    o = r["s3"]["object"]
                    push(r["s3"]["bucket"]["name"], urllib.parse.unquote_plus(o["key"]), o.get("versionId"), until)
        except Exception as e:  # whatever it is, the message has to come again
            print(json.dumps({"message": message["messageId"], "error": f"{type(e).__name__}: {e}"}))
            failed.append({"itemIdentifier": message["messageId"]})
            stop = stop or isinstance(e, Busy) or isinstance(e, Refused) and e.status in (0, 401, 403)
    return {"batchItemFailures": failed}


def preflight(request_id, until):
    """Sends an empty request, to see whether the relay answers."""
    try:
        send("preflight-" + request_id, [], "arn:aws:cloudformation:::preflight", {}, until)
    except Exception as e:
        raise Unreachable(f"Cannot push to {os.environ['LOG_URL']}: {e}") from None
    return "the relay answers"


def answer_cloudformation(event, until):
    """Tells CloudFormation whether the relay answers."""
    status, reason = "SUCCESS", "nothing is to be done"
    try:
        if event["RequestType"] != "Delete":
            reason = preflight(event["RequestId"], until)
    except Exception as e:  # whatever it is, CloudFormation waits for an answer
        status, reason = "FAILED", str(e)
    print(reason)
    answer = {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
    answer.update(Status=status, Reason=reason[:1000], PhysicalResourceId="preflight")
    body = json.dumps(answer).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, {"Content-Type": ""}, method="PUT"), timeout=30)
