"""Writes the schema of a Terraform provider: schema.py WHEEL DIRECTORY makes DIRECTORY/{resource,data}/TYPE.json.

The provider itself comes from a registry that is not within everyone's reach. CDK for Terraform has classes that are generated from its schema, with every
name, type and block in them, and those are a package for Python: WHEEL. What is read back here is what "terraform providers schema -json" would say,
but for this: that an argument which may be left out is computed then is not to be seen (it is taken for so, except within blocks), and that an
argument is write-only is known by its name (..._wo).
"""
import collections
import io
import json
import os
import re
import sys
import tarfile
import zipfile

ATTRIBUTE = re.compile(r'^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: "(\w+)",\n', re.M)
NESTED = re.compile(r"(?<!cdktf\.)\b([a-z]\w*)ToHclTerraform\b")
STRUCT = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}\n", re.M | re.S)
CLASS = re.compile(r"^class \w+ extends cdktf\.Terraform(?:Resource|DataSource) \{\n(.*?)^\}\n", re.M | re.S)
TYPE = re.compile(r'tfResourceType = "(\w+)"')
COMPUTED = re.compile(r"return this\.get(\w+)Attribute\('(\w+)'\)")
COMPUTED_OBJECTS = re.compile(r'^ +this\._\w+ = new \w+\(this, "(\w+)"', re.M)
INTERFACE = re.compile(r"^export interface (\w+)[^\n]* \{\n(.*?)^\}\n", re.M | re.S)
PROPERTY = re.compile(r"#(\w+) \w+#\w+\}.*?\*/\s+readonly \w+(\??):", re.S)
COMPUTED_TYPES = {
    "String": "string", "Number": "number", "Boolean": "bool", "List": ["list", "string"], "NumberList": ["list", "number"],
    "StringMap": ["map", "string"], "NumberMap": ["map", "number"], "BooleanMap": ["map", "bool"],
}


def of_attribute(value, kind):
    """The type of an attribute, as Terraform writes it in JSON. What is made of objects is "dynamic"."""
    found = re.findall(r"cdktf\.(string|number|boolean)ToHclTerraform", value)
    mappers = value.count("MapperHcl")
    if len(found) != 1 or mappers > 1 or NESTED.search(value):
        return "dynamic"
    of = {"string": "string", "number": "number", "boolean": "bool"}[found[0]]
    if mappers == 0:
        return of
    return ["map" if "hashMapper" in value else "set" if kind == "set" else "list", of]


def block(text, name, structs, required):
    """What stands between the braces of a resource, or of a block within it."""
    attributes, blocks = {}, {}
    for attribute, value, is_block, kind in ATTRIBUTE.findall(text):
        must, inner = attribute in required[name.lower()], NESTED.search(value)
        if is_block == "true" and inner:
            blocks[attribute] = {
                "nesting": "single" if kind == "struct" else kind, "min": int(must), "max": 0 if "MapperHcl" in value else 1,
                "block": block(structs[inner[1]], inner[1], structs, required),
            }
        else:
            attributes[attribute] = {"type": of_attribute(value, kind), "required": must}
    return {"attributes": attributes, "blocks": blocks}


def resource(script, declarations):
    """The type of a resource or data source, and its schema."""
    found = CLASS.search(script)
    if not found:
        return None, None
    required = collections.defaultdict(set)
    for name, body in INTERFACE.findall(declarations):
        required[name.lower()] = {p for p, optional in PROPERTY.findall(body) if not optional}
    name = re.search(r"^class (\w+) extends cdktf\.Terraform", script, re.M)[1]
    schema = block(found[1], name + "Config", dict(STRUCT.findall(script)), required)
    for kind, attribute in COMPUTED.findall(found[1]):
        schema["attributes"].setdefault(attribute, {"type": COMPUTED_TYPES.get(kind, "dynamic"), "computed": True})
    for attribute in COMPUTED_OBJECTS.findall(found[1]):
        if attribute not in schema["blocks"]:
            schema["attributes"].setdefault(attribute, {"type": "dynamic", "computed": True})
    return TYPE.search(script)[1], schema


def main(wheel, directory):
    packed = zipfile.ZipFile(wheel)
    assembly = next(n for n in packed.namelist() if n.endswith(".jsii.tgz"))
    texts = collections.defaultdict(lambda: ["", ""])
    with tarfile.open(fileobj=io.BytesIO(packed.read(assembly))) as files:
        for member in files:
            path = member.name.split("/")
            if path[:2] == ["package", "lib"] and len(path) > 3 and path[-1].endswith((".js", ".d.ts")):
                texts[path[2]][path[-1].endswith(".d.ts")] += files.extractfile(member).read().decode()
    for name, (script, declarations) in texts.items():
        kind, schema = resource(script, declarations)
        if not kind:
            continue
        path = os.path.join(directory, "data" if name.startswith("data-") else "resource", kind + ".json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(schema, f, separators=(",", ":"), sort_keys=True)


main(*sys.argv[1:])
