"""Draw a picture of what a terminal shows once a command has ended.

Usage: picture.py FILE.svg COLUMNSxROWS COMMAND...

tmux is the terminal, rich makes the picture: nothing in it is written by hand.
"""

import html
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

# rich's own frame fetches a font from a server.
FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="%s">
<style>
.{unique_id}-matrix {{ font: {char_height}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#16181d"/>
<circle cx="22" cy="20" r="6" fill="#ff5f57"/>
<circle cx="42" cy="20" r="6" fill="#febc2e"/>
<circle cx="62" cy="20" r="6" fill="#28c840"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def screen_after(command: list[str], columns: int, rows: int) -> str:
    """The text on a terminal, colours as escape sequences, once `command` has ended there."""
    with tempfile.TemporaryDirectory() as folder:
        tmux = ["tmux", "-f", "/dev/null", "-S", f"{folder}/socket"]
        typed = shlex.join(command)
        script = f"printf '$ %s\\n' {shlex.quote(typed)}; {typed}; {shlex.join(tmux)} wait-for -S ended; sleep infinity"
        subprocess.run([*tmux, "new-session", "-d", "-x", str(columns), "-y", str(rows), script], check=True)
        try:
            subprocess.run([*tmux, "wait-for", "ended"], check=True)
            pane = [*tmux, "capture-pane", "-e", "-p", "-S", "-"]
            return subprocess.run(pane, check=True, capture_output=True, text=True).stdout.rstrip()
        finally:
            subprocess.run([*tmux, "kill-server"], check=False)


def draw(screen: str, columns: int, label: str) -> str:
    """The screen as SVG."""
    with open("/dev/null", "w") as nowhere:
        console = Console(record=True, width=columns, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.from_ansi(screen), soft_wrap=True)
        return console.export_svg(title="", code_format=FRAME % html.escape(label), unique_id="terminal")


def main() -> None:
    """Run the command, write the picture."""
    path, size, *command = sys.argv[1:]
    columns, rows = map(int, size.split("x"))
    # Whoever looks at it has the folder elsewhere.
    screen = screen_after(command, columns, rows).replace(f"{Path.cwd()}/", "")
    Path(path).write_text(draw(screen, columns, f"Output of {shlex.join(command)}"))


if __name__ == "__main__":
    main()
