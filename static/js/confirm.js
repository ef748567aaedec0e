/* A form that asks before it is sent: data-question, and data-answer for the button that says yes.

   The dialog comes from <template id="confirm-dialog"> in base.html, so that its words are translated. */
export class ConfirmedForm {
  constructor(form) {
    this.form = form;
    this.isConfirmed = false;
    form.addEventListener("submit", (event) => this.hold(event));
  }

  hold(event) {
    if (this.isConfirmed) return;
    event.preventDefault();
    this.ask(event.submitter);
  }

  ask(submitter) {
    const dialog = document.getElementById("confirm-dialog").content.firstElementChild.cloneNode(true);
    dialog.querySelector("[data-question]").textContent = this.form.dataset.question;
    dialog.querySelector("[value=yes]").textContent = this.form.dataset.answer;
    document.body.append(dialog);
    dialog.addEventListener("close", () => this.answered(dialog, submitter));
    dialog.showModal();
  }

  answered(dialog, submitter) {
    const isYes = dialog.returnValue === "yes";
    dialog.remove();
    if (!isYes) return submitter?.focus();
    this.isConfirmed = true;
    this.form.requestSubmit(submitter);
    this.isConfirmed = false;
  }
}

export function start(element) {
  new ConfirmedForm(element);
}
