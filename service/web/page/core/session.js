// Who is reading, and what to do when the key is no longer good: ask for it over whatever is on the screen.
import { get, key, setKey, whenUnauthenticated } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/** @type {{id: string, name: string} & Record<string, any>} */
let me = { id: "local", name: "" };
export const whoAmI = () => me;

export function installSession() {
  whenUnauthenticated(async () => {
    const expired = key() !== "";
    const input = h("input", { type: "password", name: "key", autocomplete: "off", required: true, autofocus: true });
    await ask(
      t(expired ? "session.expired" : "session.welcome"),
      [h("p", {}, t(expired ? "session.kept" : "session.need")), h("label", {}, t("session.key"), input)],
      [{ value: "ok", label: t("session.go"), kind: "primary" }],
      { closable: false },
    );
    setKey(input.value.trim());
    if (me.id !== "local") void learn();
  });
}

/** Learn who the caller is; a service that does not tell leaves "local". */
export async function learn() {
  try {
    me = await get("/api/v1/me");
  } catch {
    me = { id: "local", name: "" };
  }
  document.dispatchEvent(new CustomEvent("me", { detail: me }));
  return me;
}

export const signOut = () => {
  setKey("");
  location.reload();
};
