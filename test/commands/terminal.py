"""Runs a command on a terminal of its own, and types into it.

usage: terminal.py COMMAND [ARG...] < STEPS
STEPS is a JSON array of [text to wait for, keys to type then, seconds to wait before]. When all was
typed, the command is to end by itself. Prints a JSON object: its exit code, and what the terminal
showed. A program that asks the terminal for its colours or its kind is answered.
"""

import json
import os
import pty
import select
import sys
import time

SECONDS = 200  # for what hangs alone
ANSWERS = {
    b"\x1b]11;?": b"\x1b]11;rgb:0000/0000/0000\x1b\\",
    b"\x1b[c": b"\x1b[?1;2c",
    b"\x1b[6n": b"\x1b[1;1R",
}


def main(command, steps):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(command[0], command)
    shown, looked_at = b"", 0
    until = time.monotonic() + SECONDS
    while True:
        if steps:
            wanted, keys, pause = (*steps[0], 0)[:3]
            found = shown.find(wanted.encode(), looked_at)
            if found >= 0:
                looked_at = found + len(wanted.encode())
                time.sleep(pause)
                os.write(terminal, keys.encode())
                steps = steps[1:]
                continue
        ready, _, _ = select.select([terminal], [], [], 1)
        if time.monotonic() > until:
            os.kill(pid, 9)
        try:
            part = os.read(terminal, 65536) if ready else None
        except OSError:
            part = b""
        if part == b"":
            break
        for asked, answer in ANSWERS.items():
            if part and asked in part:
                os.write(terminal, answer)
        shown += part or b""
    _, status = os.waitpid(pid, 0)
    print(json.dumps({"code": os.waitstatus_to_exitcode(status), "shown": shown.decode(errors="replace")}))


main(sys.argv[1:], json.load(sys.stdin))
