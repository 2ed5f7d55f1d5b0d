"""Groups that show something for a book when they get its id instead of a command: `station pages ID`."""

from __future__ import annotations

import click


class BookGroup(click.Group):
    """A group whose first word may be a book id: then it lists."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            return "list", self.commands["list"], args
        return super().resolve_command(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, "BOOK | COMMAND [ARGS]...")
