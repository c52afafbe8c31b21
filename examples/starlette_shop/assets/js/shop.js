document.getElementById("cart").textContent = "one teapot in the cart";
