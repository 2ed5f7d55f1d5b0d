"""`station-ui`, and `python -m ui`. Nothing is loaded before it is called: worker processes import this again."""


def main() -> None:
    from ui.command import main as run

    run()


if __name__ == "__main__":
    main()
