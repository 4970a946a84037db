def render(result: object, language: str) -> str: return "x"
