"""`station`, and `python -m station`. Nothing is loaded before it is called: worker processes import this again."""


def main() -> None:
    from station.cli import main as run

    run()


if __name__ == "__main__":
    main()
