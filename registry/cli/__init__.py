"""``registry``, the command line. Every command is a thin door to an operation or a query.

Exit code 0: done. 1: refused or held. 2: wrong usage.
"""

import logging

import click

from registry import __version__
from registry.cli import copying, data, feeding, finding, judging, keeping, running, trying
from registry.cli.context import Tools
from registry.coordination.guards import install as install_national_guarantee
from registry.intake.operations.parting import install as install_parter

#: What these warn of is meant to be: a job that is still at work is not begun again, and a burst of requests stands in line.
_BY_DESIGN = ("apscheduler.scheduler", "waitress.queue")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="registry")
@click.pass_context
def main(context: click.Context) -> None:
    """Tilbudsregisteret: gather, index, flag and track further-education offers."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in _BY_DESIGN:
        logging.getLogger(name).setLevel(logging.ERROR)
    install_national_guarantee()  # imports and jobs are asked as the pages are
    install_parter()
    context.obj = Tools()
    context.call_on_close(context.obj.close)


for module in (data, feeding, finding, judging, running, copying, keeping, trying):
    for command in module.COMMANDS:
        main.add_command(command)
