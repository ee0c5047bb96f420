//! How an integration looks in the portal: words, colour, order.

use crate::id::WorkflowId;
use serde::{Deserialize, Serialize};

/// The user as whom the portal is shown while it is shaped.
pub const PREVIEW_USER: &str = "preview-user";

/// What a project says about an integration's portal. What it does not say is as the definition has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case")]
pub struct PortalLook {
    /// One line under the name; empty: the definition's own.
    pub description: String,
    /// The Overview tab in Markdown; empty: the definition's own.
    pub overview: String,
    /// The accent, `#rrggbb`; empty: Portico's own.
    pub accent: String,
    /// How the portal is lit where the host app does not say.
    pub theme: PortalTheme,
    /// Workflows in their order; those that are missing come after, by their own.
    pub order: Vec<WorkflowId>,
    /// Whether the foot names Portico.
    pub foot: PortalFoot,
}

/// How a portal is lit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalTheme {
    /// As the person's own system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl PortalTheme {
    /// Every one, in the order in which a person chooses.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// As it is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What stands in the portal's foot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortalFoot {
    /// *Powered by Portico*, too.
    #[default]
    Named,
    /// Nothing of Portico.
    Plain,
}

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

const WHITE: Colour = Colour([255, 255, 255]);
const INK: Colour = Colour([17, 17, 19]);
const BLACK: Colour = Colour([0, 0, 0]);
/// The darkest card of the dark theme.
const DARK_CARD: Colour = Colour([24, 25, 27]);
/// What WCAG asks of text.
const READABLE: f64 = 4.5;

impl Colour {
    /// Reads `#rrggbb`.
    pub fn read(text: &str) -> Option<Self> {
        let digits =
            text.trim().strip_prefix('#').filter(|own| own.len() == 6 && own.is_ascii())?;
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self([part(0)?, part(2)?, part(4)?]))
    }

    fn css(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast between two colours (WCAG 2), from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Some of another colour in it, in hundredths.
    fn mixed(self, other: Self, hundredths: u16) -> Self {
        let mut out = [0; 3];
        for (at, part) in out.iter_mut().enumerate() {
            let (own, theirs) = (u16::from(self.0[at]), u16::from(other.0[at]));
            let sum = (own * (100 - hundredths) + theirs * hundredths + 50) / 100;
            *part = u8::try_from(sum).unwrap_or(u8::MAX);
        }
        Self(out)
    }

    /// White or ink, whichever is read better on it; black where neither is read well enough.
    pub fn text_on(self) -> Self {
        let better = if self.contrast(WHITE) >= self.contrast(INK) { WHITE } else { INK };
        if self.contrast(better) >= READABLE { better } else { BLACK }
    }

    /// The same hue, moved towards another colour until it is read on every one of some grounds.
    fn readable_on(self, grounds: [Self; 2], towards: Self) -> Self {
        let steps = (0..=100).step_by(5).map(|step| self.mixed(towards, step));
        let mut readable =
            steps.filter(|own| grounds.iter().all(|ground| own.contrast(*ground) >= READABLE));
        readable.next().unwrap_or(towards)
    }

    /// The variables of the accent for a style sheet: contrast is computed, in light and in dark.
    pub fn as_accent(self) -> String {
        let text = self.text_on();
        let (light, dark) = (self.mixed(WHITE, 88), self.mixed(DARK_CARD, 78));
        let both = |light: Self, dark: Self| format!("light-dark({},{})", light.css(), dark.css());
        // Away from the text on it, so that it is read as well while it is hovered.
        let away = if text == WHITE { INK } else { WHITE };
        format!(
            ":root{{--accent-solid:{};--accent-hover:{};--accent-soft:{};--accent-text:{};--accent-contrast:{}}}",
            self.css(),
            self.mixed(away, 12).css(),
            both(light, dark),
            both(self.readable_on([light, WHITE], INK), self.readable_on([dark, DARK_CARD], WHITE)),
            text.css(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, DARK_CARD, INK, READABLE, WHITE};

    #[test]
    fn text_is_read_on_every_accent() {
        let all = [
            "#000000", "#ffffff", "#ffd60a", "#5b5bd6", "#777777", "#ff0000", "#00ff88", "#0a2540",
        ];
        for text in all {
            let accent = Colour::read(text).expect(text);
            assert!(accent.contrast(accent.text_on()) >= READABLE, "{text}");
            let light = accent.readable_on([accent.mixed(WHITE, 88), WHITE], INK);
            let dark = accent.readable_on([accent.mixed(DARK_CARD, 78), DARK_CARD], WHITE);
            assert!(light.contrast(WHITE) >= READABLE, "{text} on a light card");
            assert!(dark.contrast(DARK_CARD) >= READABLE, "{text} on a dark card");
        }
        assert_eq!(
            Colour::read("#ffd60a").map(|own| own.text_on().css()).as_deref(),
            Some("#111113")
        );
        assert!((WHITE.contrast(Colour([0; 3])) - 21.0).abs() < 0.001);
    }

    #[test]
    fn only_six_digits_are_a_colour() {
        assert_eq!(Colour::read(" #5B5bd6 ").map(Colour::css).as_deref(), Some("#5b5bd6"));
        for wrong in ["", "red", "#fff", "#5b5bd6;}", "5b5bd6", "#5b5bdg", "#ééé"] {
            assert_eq!(Colour::read(wrong), None, "{wrong}");
        }
    }
}
