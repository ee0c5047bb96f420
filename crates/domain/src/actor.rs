//! Who asks. Every service method takes an `&Actor` first and authorises itself.

use crate::id::{AdminId, ConnectedUserId, PortalSessionId, ProjectId};

/// The one who asks, as established by an edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person signed in to the dashboard: all projects of this installation.
    Admin {
        /// Who.
        id: AdminId,
    },
    /// An end user of the host app: this user of this project, nothing else.
    ConnectedUser {
        /// The project whose key verified the token.
        project: ProjectId,
        /// The user.
        user: ConnectedUserId,
        /// By what right.
        via: Via,
    },
    /// A person at the command line of the machine itself.
    Operator,
}

/// How a connected user was established.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A user token signed by the host app's backend.
    UserToken,
    /// A session of the Connect Portal, opened with a user token.
    PortalSession(PortalSessionId),
}
