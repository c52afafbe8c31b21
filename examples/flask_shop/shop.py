from assetbuild.integrations.flask import Assetbuild
from flask import Flask, render_template

app = Flask(__name__)
Assetbuild(app)


@app.get("/")
def shop() -> str:
    return render_template("shop.html")
