//! The form: what it asks depends on how accounts are connected.

use super::icon::IconField;
use super::inputs::Inputs;
use leptos::prelude::*;
use portico_domain::FieldProblem;
use portico_domain::custom::{CustomAuth, CustomForm, KeyPlace, custom_type};

/// What was entered and what is wrong with it. Cheap to copy.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) form: RwSignal<CustomForm>,
    /// A chosen icon; without one, what is there stays, or a tile is made.
    pub(super) icon: RwSignal<Option<String>>,
    problems: RwSignal<Vec<FieldProblem>>,
}

impl Entry {
    pub(super) fn new(form: CustomForm) -> Self {
        Self { form: RwSignal::new(form), icon: RwSignal::new(None), problems: RwSignal::default() }
    }

    pub(super) fn tell(self, problems: Vec<FieldProblem>) {
        self.problems.set(problems);
    }

    /// What is wrong with the whole.
    pub(super) fn whole(self) -> Option<String> {
        self.of("")
    }

    pub(super) fn of(self, field: &str) -> Option<String> {
        self.problems.with(|all| {
            let own = all.iter().find(|problem| problem.field == field)?;
            Some(own.message.clone())
        })
    }
}

/// A text of the form.
#[derive(Clone, Copy)]
struct Text {
    /// Its name in problems.
    field: &'static str,
    label: &'static str,
    hint: &'static str,
    part: fn(&mut CustomForm) -> &mut String,
}

const NAME: Text = Text {
    field: "name",
    label: "Name",
    hint: "Its type in code and addresses is made of it, once.",
    part: |form| &mut form.name,
};
const DESCRIPTION: Text = Text {
    field: "description",
    label: "Description",
    hint: "One line that your users read.",
    part: |form| &mut form.description,
};
const COLOR: Text =
    Text { field: "color", label: "Colour", hint: "Like #5b5bd6.", part: |form| &mut form.color };
const AUTHORIZE: Text = Text {
    field: "authorizeUrl",
    label: "Authorize URL",
    hint: "The provider's consent page: https://login.example.com/oauth/authorize",
    part: |form| &mut form.authorize_url,
};
const TOKEN: Text = Text {
    field: "tokenUrl",
    label: "Token URL",
    hint: "Where codes are exchanged for tokens: https://api.example.com/oauth/token",
    part: |form| &mut form.token_url,
};
const SCOPES: Text = Text {
    field: "scopes",
    label: "Scopes",
    hint: "What is asked of your users, with spaces between; may be empty.",
    part: |form| &mut form.scopes,
};
const BASE: Text = Text {
    field: "baseUrl",
    label: "Base URL",
    hint: "What every path is under: https://api.example.com/v1",
    part: |form| &mut form.base_url,
};
const TEST: Text = Text {
    field: "testPath",
    label: "Test endpoint",
    hint: "A path that answers a GET of a connected account, like /me. It shows that an account works, and whose it is.",
    part: |form| &mut form.test_path,
};
const ACCOUNT_ID: Text = Text {
    field: "accountId",
    label: "The account's id in its answer",
    hint: "A JSON pointer, like /id or /user/id.",
    part: |form| &mut form.account_id,
};
const ACCOUNT_NAME: Text = Text {
    field: "accountName",
    label: "The account's name in its answer",
    hint: "A JSON pointer, like /email.",
    part: |form| &mut form.account_name,
};

const KEY_NAME: Text = Text {
    field: "keyName",
    label: "Name of the header or parameter",
    hint: "Like Authorization or X-Api-Key.",
    part: |form| &mut form.key_name,
};
const KEY_TEMPLATE: Text = Text {
    field: "keyTemplate",
    label: "What it says",
    hint: "With the key in its place: Bearer {api_key}",
    part: |form| &mut form.key_template,
};

/// The ways to connect, with their words.
const WAYS: [(CustomAuth, &str); 4] = [
    (CustomAuth::OauthCode, "They sign in there (OAuth 2.0)"),
    (CustomAuth::ClientCredentials, "They enter an OAuth client of their own (client credentials)"),
    (CustomAuth::ApiKey, "They enter an API key"),
    (CustomAuth::Basic, "They enter a user name and a password (basic)"),
];

/// Where a key can stand, with their words.
const PLACES: [(KeyPlace, &str); 2] =
    [(KeyPlace::Header, "In a header"), (KeyPlace::Query, "In the query")];

/// The form.
#[component]
pub(super) fn Form(entry: Entry) -> impl IntoView {
    let auth = Memo::new(move |_| entry.form.with(|form| form.auth));
    let kind = move || entry.form.with(|form| custom_type(&form.name));
    view! {
        <section class="card stack">
            <h2>"What it is"</h2>
            {field(entry, NAME)}
            <p class="hint">"Type: " <code>{kind}</code></p>
            {field(entry, DESCRIPTION)}
            {field(entry, COLOR)}
            <IconField entry />
        </section>
        <section class="card stack">
            <h2>"How your users connect"</h2>
            {ways(entry)}
            {move || of_way(entry, auth.get())}
        </section>
        <section class="card stack">
            <h2>"What is called"</h2>
            {field(entry, BASE)}
            {field(entry, TEST)}
            {field(entry, ACCOUNT_ID)}
            {field(entry, ACCOUNT_NAME)}
        </section>
    }
}

fn ways(entry: Entry) -> impl IntoView {
    WAYS.map(|(way, words)| {
        let chosen = move || entry.form.with(|form| form.auth == way);
        view! {
            <label class="row">
                <input
                    type="radio"
                    name="auth"
                    prop:checked=chosen
                    on:change=move |_| entry.form.update(|form| form.auth = way)
                />
                {words}
            </label>
        }
    })
    .collect_view()
}

fn places(entry: Entry) -> impl IntoView {
    PLACES
        .map(|(place, words)| {
            let chosen = move || entry.form.with(|form| form.key_place == place);
            view! {
                <label class="row">
                    <input
                        type="radio"
                        name="place"
                        prop:checked=chosen
                        on:change=move |_| entry.form.update(|form| form.key_place = place)
                    />
                    {words}
                </label>
            }
        })
        .collect_view()
}

/// What a way to connect needs to know.
fn of_way(entry: Entry, way: CustomAuth) -> AnyView {
    match way {
        CustomAuth::OauthCode => {
            let pkce = move || entry.form.with(|form| form.pkce);
            view! {
                {field(entry, AUTHORIZE)}
                {field(entry, TOKEN)}
                {field(entry, SCOPES)}
                <label class="row">
                    <input
                        type="checkbox"
                        prop:checked=pkce
                        on:change=move |event| {
                            let on = event_target_checked(&event);
                            entry.form.update(|form| form.pkce = on);
                        }
                    />
                    "Bind the sign-in with PKCE (switch off only if the provider refuses it)"
                </label>
            }
            .into_any()
        }
        CustomAuth::ClientCredentials => view! {
            {field(entry, TOKEN)}
            {field(entry, SCOPES)}
            <Inputs entry />
        }
        .into_any(),
        CustomAuth::ApiKey => view! {
            {places(entry)}
            {field(entry, KEY_NAME)}
            {field(entry, KEY_TEMPLATE)}
            <Inputs entry />
        }
        .into_any(),
        CustomAuth::Basic => view! { <Inputs entry /> }.into_any(),
    }
}

fn field(entry: Entry, text: Text) -> impl IntoView {
    let Text { field, label, hint, part } = text;
    let id = format!("custom-{field}");
    let (help, wrong) = (format!("{id}-hint"), format!("{id}-problem"));
    let described = format!("{help} {wrong}");
    let problem = Memo::new(move |_| entry.of(field));
    let value = move || entry.form.with(|form| part(&mut form.clone()).clone());
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                class="input"
                autocomplete="off"
                spellcheck="false"
                aria-describedby=described
                aria-invalid=move || problem.get().map(|_| "true")
                prop:value=value
                on:input=move |event| {
                    let text = event_target_value(&event);
                    entry.form.update(|form| *part(form) = text);
                }
            />
            <p id=help class="hint">{hint}</p>
            <p id=wrong class="field-problem" role="alert">{move || problem.get()}</p>
        </div>
    }
}
