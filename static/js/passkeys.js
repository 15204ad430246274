// allauth's script talks to the authenticator; without it the buttons would do nothing, so they come with it.
document.querySelectorAll(".without-script").forEach((notice) => (notice.hidden = true));
document.querySelectorAll(".needs-script").forEach((button) => (button.hidden = false));

// Here a person hears when it came to nothing.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("passkey-problem");
  problem.hidden = false;
  problem.focus();
});
