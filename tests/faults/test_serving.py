"""A real web server with several processes: shared counters, and logs."""

import json
from urllib.request import Request, urlopen

from faults.web import Visitor, start_web

TOKEN = "a-token-that-nobody-guesses"


def scrape(port):
    with urlopen(Request(f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"})) as answer:
        return answer.read().decode()


def test_the_processes_count_together_and_log_no_address(world):
    world.env["METRICS_TOKEN"] = TOKEN
    port = start_web(world)
    for _time in range(20):
        Visitor(port).get("/?q=zyxmara")

    assert 'cmp_requests_total{route="guide",status="200"} 20.0' in scrape(port)
    log = (world.folder / "log" / "web.log").read_text()
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["status"] for line in lines if line.get("route") == "guide"] == [200] * 20
    assert "zyxmara" not in log
