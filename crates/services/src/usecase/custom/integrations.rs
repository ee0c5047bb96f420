//! Integrations that a project defines itself: added by a form or as files, edited, exported, deleted.

use super::{files as own, form as by_form, icon as picture};
use crate::Services;
use crate::access::{administrate, internal, storage};
use portico_domain::custom::{CustomDetail, CustomFiles, CustomForm, custom_type};
use portico_domain::view::{FileProblem, Saved};
use portico_domain::{Actor, CustomIntegrationId, ProjectId, Refusal, RefusalCode};
use portico_storage::{CustomIntegration, CustomSaved};

/// How many definitions of its own a project has at most.
const MOST: usize = 200;

/// A changed form, and what it is a change of.
#[derive(Clone, Debug)]
pub struct FormChange {
    /// The answers.
    pub form: CustomForm,
    /// Another icon; the one that is there stays without.
    pub icon: Option<String>,
    /// The revision that was edited.
    pub revision: i64,
}

impl Services {
    /// Adds an integration from the form; answers its type. Without an icon it gets a tile with its
    /// first letter.
    ///
    /// # Errors
    /// What is wrong, beside each field; the name makes a type that is taken.
    pub async fn add_custom_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        form: &CustomForm,
        icon: Option<String>,
    ) -> Result<String, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let kind = custom_type(&form.name);
        let definition = by_form::write(form, &kind).map_err(Refusal::fields)?;
        let icon = icon.filter(|icon| !icon.trim().is_empty());
        let icon = icon.unwrap_or_else(|| picture::tile(&form.name, &form.color));
        picture::check(&icon).map_err(|why| Refusal::field("icon", why))?;
        let files = CustomFiles {
            definition,
            overview: format!("{}\n", form.description.trim()),
            guide: by_form::guide(form),
            icon,
        };
        own::check(&files).map_err(|problems| in_fields(&problems))?;
        if self.insert_custom(project, &kind, files).await? {
            return Ok(kind);
        }
        let words = "There is an integration of this name already; choose another name.";
        Err(Refusal::field("name", words))
    }

    /// Makes a project's own integration say what these files say, whether it is there or not.
    ///
    /// # Errors
    /// The project is unknown; a folder of this installation defines the type.
    pub async fn put_custom_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        files: CustomFiles,
    ) -> Result<Saved, Refusal> {
        administrate(actor)?;
        self.known_project(project).await?;
        let definition = match own::check(&files) {
            Ok(definition) => definition,
            Err(problems) => return Ok(Saved::Unreadable { problems }),
        };
        let kind = definition.kind();
        let known = self.store().custom_integration(project, kind).await.map_err(storage)?;
        match known {
            Some(known) if known.files == files => {
                Ok(Saved::Stored { revision: known.revision, problems: Vec::new() })
            }
            Some(known) => self.store_custom(project, kind, known.revision, files).await,
            None if self.insert_custom(project, kind, files).await? => {
                Ok(Saved::Stored { revision: 1, problems: Vec::new() })
            }
            None => {
                Err(Refusal::field("type", format!("There is an integration {kind:?} already.")))
            }
        }
    }

    /// `false`: the type is taken.
    async fn insert_custom(
        &self,
        project: ProjectId,
        kind: &str,
        files: CustomFiles,
    ) -> Result<bool, Refusal> {
        if self.shared_catalogue().definition(kind).is_some() {
            return Ok(false);
        }
        if self.store().custom_stamps(project).await.map_err(storage)?.len() >= MOST {
            let words = format!("A project has {MOST} integrations of its own at most.");
            return Err(Refusal::field("name", words));
        }
        let now = self.ports().now();
        let new = CustomIntegration {
            id: self.ports().id(CustomIntegrationId::from_parts),
            project,
            kind: kind.to_owned(),
            files,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        self.store().insert_custom_integration(&new).await.map_err(storage)
    }

    /// The page of a project's own integration.
    ///
    /// # Errors
    /// There is none of this type.
    pub async fn custom_detail(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
    ) -> Result<CustomDetail, Refusal> {
        administrate(actor)?;
        let own = self.known_custom(project, kind).await?;
        let (accounts, workflows) = self.custom_in_use(project, kind).await?;
        Ok(CustomDetail {
            kind: own.kind,
            form: by_form::of_file(&own.files.definition),
            problems: own::check(&own.files).err().unwrap_or_default(),
            files: own.files,
            revision: own.revision,
            accounts,
            workflows,
        })
    }

    /// Changes an integration by its form. Its type stays what it was first called.
    ///
    /// # Errors
    /// What is wrong, beside each field; somebody else saved meanwhile.
    pub async fn change_custom_form(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
        change: FormChange,
    ) -> Result<i64, Refusal> {
        administrate(actor)?;
        let own = self.known_custom(project, kind).await?;
        let definition = by_form::write(&change.form, kind).map_err(Refusal::fields)?;
        let icon = change.icon.filter(|icon| !icon.trim().is_empty());
        if let Some(icon) = &icon {
            picture::check(icon).map_err(|why| Refusal::field("icon", why))?;
        }
        let files = CustomFiles { definition, icon: icon.unwrap_or(own.files.icon), ..own.files };
        own::check(&files).map_err(|problems| in_fields(&problems))?;
        match self.store_custom(project, kind, change.revision, files).await? {
            Saved::Stored { revision, .. } => Ok(revision),
            Saved::Unreadable { problems } => Err(in_fields(&problems)),
        }
    }

    /// Changes an integration by its files. What cannot be read changes nothing.
    ///
    /// # Errors
    /// Somebody else saved meanwhile.
    pub async fn save_custom_files(
        &self,
        actor: &Actor,
        (project, kind): (ProjectId, &str),
        revision: i64,
        files: CustomFiles,
    ) -> Result<Saved, Refusal> {
        administrate(actor)?;
        match own::check(&files) {
            Err(problems) => return Ok(Saved::Unreadable { problems }),
            Ok(definition) if definition.kind() != kind => {
                let line = files.definition.lines().position(|line| line.starts_with("type"));
                let message = format!(
                    "The type stays {kind:?}: accounts and workflows know the integration by it."
                );
                let problem = FileProblem { line: line.map_or(0, |line| line + 1), message };
                return Ok(Saved::Unreadable { problems: vec![problem] });
            }
            Ok(_) => {}
        }
        self.store_custom(project, kind, revision, files).await
    }

    async fn store_custom(
        &self,
        project: ProjectId,
        kind: &str,
        revision: i64,
        files: CustomFiles,
    ) -> Result<Saved, Refusal> {
        let now = self.ports().now();
        let saved =
            self.store().save_custom_integration((project, kind), revision, files, now).await;
        match saved.map_err(storage)? {
            CustomSaved::Stored(revision) => Ok(Saved::Stored { revision, problems: Vec::new() }),
            CustomSaved::Stale => Err(Refusal::new(
                RefusalCode::Stale,
                "Somebody else saved this integration meanwhile. Reload to see their change, then \
                 make yours.",
            )),
            CustomSaved::Missing => Err(unknown(kind)),
        }
    }

    /// Deletes an integration: its accounts are disconnected, its workflows undeployed (their drafts
    /// and what they did stay), its OAuth client is forgotten. `confirmed` is how many accounts the
    /// admin was told of.
    ///
    /// # Errors
    /// There is none of this type; more accounts are connected than were confirmed.
    pub async fn delete_custom_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
        confirmed: u64,
    ) -> Result<(), Refusal> {
        administrate(actor)?;
        self.known_custom(project, kind).await?;
        let (accounts, _) = self.custom_in_use(project, kind).await?;
        if accounts > confirmed {
            return Err(Refusal::new(
                RefusalCode::Stale,
                match accounts {
                    1 => "One account is connected and would be disconnected; confirm that."
                        .to_owned(),
                    many => {
                        format!(
                            "{many} accounts are connected and would be disconnected; confirm that."
                        )
                    }
                },
            ));
        }
        if let Some(own) = self.store().integration_of(project, kind).await.map_err(storage)? {
            let connected =
                self.store().connected_credentials(project, own.id).await.map_err(storage)?;
            for credential in connected {
                self.disconnect_account(actor, project, credential).await?;
            }
        }
        let now = self.ports().now();
        let known = self.store().delete_custom_integration(project, kind, now).await;
        if known.map_err(storage)? { Ok(()) } else { Err(unknown(kind)) }
    }

    /// An integration as a folder that can be mounted elsewhere: a tar archive.
    ///
    /// # Errors
    /// There is none of this type.
    pub async fn export_custom_integration(
        &self,
        actor: &Actor,
        project: ProjectId,
        kind: &str,
    ) -> Result<Vec<u8>, Refusal> {
        administrate(actor)?;
        let own = self.known_custom(project, kind).await?;
        let folder = kind.replace('.', "_");
        let changed = own.updated_at.seconds();
        let mut archive = tar::Builder::new(Vec::new());
        for (name, text) in [
            ("integration.toml", &own.files.definition),
            ("overview.md", &own.files.overview),
            ("guide.md", &own.files.guide),
            ("icon.svg", &own.files.icon),
        ] {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(u64::try_from(changed).unwrap_or(0));
            let path = format!("{folder}/{name}");
            archive.append_data(&mut header, path, text.as_bytes()).map_err(unwritten)?;
        }
        archive.into_inner().map_err(unwritten)
    }

    /// The icon of an integration as a project sees it. Everybody may see it, as all icons.
    ///
    /// # Errors
    /// The database failed.
    pub async fn icon(&self, project: ProjectId, kind: &str) -> Result<Option<String>, Refusal> {
        let catalogue = self.catalogue(project).await?;
        Ok(catalogue.definition(kind).map(|definition| definition.icon_svg().to_owned()))
    }

    async fn known_custom(
        &self,
        project: ProjectId,
        kind: &str,
    ) -> Result<CustomIntegration, Refusal> {
        let found = self.store().custom_integration(project, kind).await.map_err(storage)?;
        found.ok_or_else(|| unknown(kind))
    }

    /// Connected accounts and workflows.
    async fn custom_in_use(&self, project: ProjectId, kind: &str) -> Result<(u64, u64), Refusal> {
        let Some(own) = self.store().integration_of(project, kind).await.map_err(storage)? else {
            return Ok((0, 0));
        };
        let connected =
            self.store().connected_credentials(project, own.id).await.map_err(storage)?;
        let workflows = self.store().workflows(project).await.map_err(storage)?;
        let workflows = workflows.iter().filter(|workflow| workflow.integration == own.id).count();
        Ok((connected.len() as u64, workflows as u64))
    }
}

/// Problems of a file that the form wrote: told as a whole.
fn in_fields(problems: &[FileProblem]) -> Refusal {
    let words: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    Refusal::field("", words.join(" "))
}

fn unwritten(error: std::io::Error) -> Refusal {
    tracing::error!(%error, "an archive could not be written");
    internal()
}

fn unknown(kind: &str) -> Refusal {
    Refusal::new(
        RefusalCode::IntegrationUnknown,
        format!("This project defines no integration {kind:?} of its own."),
    )
}
