/* What a request carries against forgery. Read afresh each time: signing in again in another tab changes it. */
export function csrfToken() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}
