// allauth's script talks to the authenticator. The buttons do nothing without it, so they are shown only when it runs.
document.querySelectorAll(".without-script").forEach((notice) => (notice.hidden = true));
document.querySelectorAll(".needs-script").forEach((button) => (button.hidden = false));

// Show the failure to the user.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const problem = document.getElementById("passkey-problem");
  problem.hidden = false;
  problem.focus();
});
