from flask import Flask, render_template

from assetbuild.integrations.flask import Assetbuild

app = Flask(__name__)
Assetbuild(app)


@app.get("/")
def shop() -> str:
    return render_template("shop.html")
