"""A home answers to the names that its certificate says, and to no other."""

import ssl

import httpx


async def test_a_home_answers_to_the_names_of_its_certificate(home):
    made = home.run("certs", "--name", "guard.example")
    assert made.returncode == 0, made.stderr
    home.up()
    trusted = ssl.create_default_context(cafile=home.data_dir / "certs" / "ca.crt")
    async with httpx.AsyncClient(base_url=home.running["url"], verify=trusted) as client:
        answers = {
            name: await client.get("/healthz", headers={"Host": name}) for name in ("guard.example", "evil.example")
        }
    assert {name: answer.status_code for name, answer in answers.items()} == {"guard.example": 200, "evil.example": 421}
    assert all("strict-transport-security" in answer.headers for answer in answers.values())
