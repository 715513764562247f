"""What was checked, and how it came out: one line per client and check, one column per family."""
import collections
import threading
import time

OK, FAILED, CANNOT, SKIPPED = "ok", "FAILED", "cannot", "skipped"


class Report:
    def __init__(self, verbose):
        self._verbose, self._started_s = verbose, time.monotonic()
        self._lock = threading.Lock()
        self._rows = {}  # (kind, what) -> {column: [(name, state, detail)]}

    def note(self, kind, what, family, name, state, detail=""):
        """`family` is 4, 6, or None for what has no family."""
        with self._lock:
            columns = self._rows.setdefault((kind, what), {4: [], 6: [], None: []})
            columns[family].append((name, state, detail))
            if self._verbose:
                at = time.monotonic() - self._started_s
                ip = f"IPv{family}" if family else "-"
                print(f"{at:6.1f} s  {state:7} {name:18} {ip:5} {what}  {detail}", flush=True)

    def count(self, state):
        return sum(s == state for _, _, _, s, _ in self._each())

    def failures(self):
        """{name: [sentence]}"""
        of = collections.defaultdict(list)
        for what, family, name, state, detail in self._each():
            if state == FAILED:
                of[name].append(f"{name}: {what}{f' (IPv{family})' if family else ''}: {detail}")
        return of

    def reasons(self):
        """What could not be checked, and why."""
        return sorted({f"{state}: {kind}: {what}: {detail}" for (kind, what), columns
                       in self._rows.items() for entries in columns.values()
                       for _, state, detail in entries if state in (CANNOT, SKIPPED)})

    def table(self):
        lines = [f"{'client':15} {'check':52} {'IPv4':12} {'IPv6':12}"]
        last = None
        for (kind, what), columns in sorted(self._rows.items(), key=lambda row: row[0][0]):
            shown = columns if not columns[None] else {4: columns[None], 6: []}
            cells = [_sum_up(shown[f]) for f in (4, 6)]
            lines.append(f"{kind if kind != last else '':15} {what:52} {cells[0]:12} {cells[1]:12}"
                         .rstrip())
            last = kind
        return "\n".join(lines)

    def _each(self):
        return [(what, family, *entry) for (_, what), columns in self._rows.items()
                for family, entries in columns.items() for entry in entries]


def _sum_up(entries):
    states = [state for _, state, _ in entries]
    if not states:
        return ""
    if FAILED in states:
        return f"{FAILED} {states.count(FAILED)}/{len(states)}"
    if OK in states:
        return f"{OK} {states.count(OK)}/{len(states)}"
    return states[0]
