//! Projects: their names, allowed origins, settings page and overview.

use crate::Services;
use crate::access::{administrate, storage};
use portico_domain::view::{Checklist, Overview, ProjectLink, ProjectSettingsView, RefusalView};
use portico_domain::{Actor, ProjectId, Refusal, RefusalCode};
use portico_storage::Project;
use url::Url;

/// How many refused tokens the settings page shows.
const REFUSALS_SHOWN: i64 = 50;

impl Services {
    /// Makes a project.
    ///
    /// # Errors
    /// The name is empty, too long or taken.
    pub async fn create_project(&self, actor: &Actor, name: &str) -> Result<ProjectLink, Refusal> {
        administrate(actor)?;
        let name = checked_name(name)?;
        let id = self.ports().id(ProjectId::from_parts);
        let now = self.ports().now();
        if !self.store().create_project(id, &name, now).await.map_err(storage)? {
            return Err(name_taken(&name));
        }
        Ok(ProjectLink { id, name })
    }

    /// Gives a project another name.
    ///
    /// # Errors
    /// The project is unknown; the name is empty, too long or taken.
    pub async fn rename_project(
        &self,
        actor: &Actor,
        project: ProjectId,
        name: &str,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        let name = checked_name(name)?;
        let known = self.known_project(project).await?;
        if known.name == name
            || self.store().rename_project(project, &name).await.map_err(storage)?
        {
            return Ok(());
        }
        Err(name_taken(&name))
    }

    /// The overview page.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn overview(&self, actor: &Actor, project: ProjectId) -> Result<Overview, Refusal> {
        administrate(actor)?;
        let known = self.known_project(project).await?;
        let counts = self.store().overview_counts(project).await.map_err(storage)?;
        Ok(Overview {
            project: ProjectLink { id: known.id, name: known.name },
            checklist: Checklist {
                signing_key: counts.signing_key,
                origin: counts.origin,
                integration: counts.integration,
                workflow: counts.workflow,
                account: counts.account,
                event: counts.event,
                success: counts.success,
            },
            running: counts.running,
            invalid_accounts: counts.invalid_accounts,
        })
    }

    /// The settings page.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn project_settings(
        &self,
        actor: &Actor,
        project: ProjectId,
    ) -> Result<ProjectSettingsView, Refusal> {
        administrate(actor)?;
        let known = self.known_project(project).await?;
        let keys = self.store().signing_keys(project).await.map_err(storage)?;
        let refusals = self.store().refusals(project, REFUSALS_SHOWN).await.map_err(storage)?;
        Ok(ProjectSettingsView {
            project: ProjectLink { id: known.id, name: known.name },
            public_url: self.settings().base().to_owned(),
            signing_keys: keys.into_iter().map(super::signing_keys::as_view).collect(),
            origins: self.store().origins(project).await.map_err(storage)?,
            refusals: refusals
                .into_iter()
                .map(|refused| RefusalView {
                    at: refused.at,
                    reason: refused.reason,
                    detail: refused.detail,
                })
                .collect(),
        })
    }

    /// Allows the pages of an origin to use the project. Allowing one twice is fine.
    ///
    /// # Errors
    /// It is no origin; the project is unknown.
    pub async fn allow_origin(
        &self,
        actor: &Actor,
        project: ProjectId,
        origin: &str,
    ) -> Result<String, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let origin = checked_origin(origin)?;
        let now = self.ports().now();
        self.store().add_origin(project, &origin, now).await.map_err(storage)?;
        Ok(origin)
    }

    /// No longer allows an origin. Doing it twice is fine.
    ///
    /// # Errors
    /// The project is unknown.
    pub async fn forbid_origin(
        &self,
        actor: &Actor,
        project: ProjectId,
        origin: &str,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        self.store().remove_origin(project, origin).await.map_err(storage)?;
        Ok(())
    }

    /// Whether the pages of an origin may use a project. Unknown projects allow none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn allows_origin(&self, project: ProjectId, origin: &str) -> Result<bool, Refusal> {
        let allowed = self.store().origins(project).await.map_err(storage)?;
        Ok(allowed.iter().any(|allowed| allowed == origin))
    }

    pub(crate) async fn known_project(&self, project: ProjectId) -> Result<Project, Refusal> {
        self.store()
            .project(project)
            .await
            .map_err(storage)?
            .ok_or_else(|| Refusal::new(RefusalCode::ProjectUnknown, "There is no such project."))
    }
}

fn checked_name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Refusal::field("name", "Write a name of 1 to 100 characters."));
    }
    Ok(name.to_owned())
}

fn name_taken(name: &str) -> Refusal {
    Refusal::field(
        "name",
        format!("There is a project named {name:?} already; choose another name."),
    )
}

/// An origin in its one spelling (RFC 6454 §6.2): scheme, host, port if it is not the usual one.
fn checked_origin(text: &str) -> Result<String, Refusal> {
    let wrong = || {
        Refusal::field(
            "origin",
            "Write an origin like https://app.example.com, without a path; \
             http is accepted for this machine only.",
        )
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    if bare && safe && url.host_str().is_some_and(|host| !host.contains('*')) {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::checked_origin;

    #[test]
    fn an_origin_has_one_spelling() {
        for (written, kept) in [
            ("https://App.Example.com", "https://app.example.com"),
            (" https://app.example.com:443/ ", "https://app.example.com"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://localhost:4000/", "http://localhost:4000"),
        ] {
            assert_eq!(checked_origin(written).ok().as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for written in [
            "",
            "app.example.com",
            "http://app.example.com",
            "https://app.example.com/path",
            "https://*.example.com",
            "https://user@app.example.com",
            "https://app.example.com/?a",
            "javascript:alert(1)",
            "null",
        ] {
            assert!(checked_origin(written).is_err(), "{written}");
        }
    }
}
