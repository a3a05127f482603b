//! Colour, by the conventions of compilers: red for what stops, yellow for what is reported, blue for frames.

use crate::model::Action;
use anstyle::{AnsiColor, Style};

/// Whether and how to colour.
#[derive(Debug, Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    /// A text in the colour of an action.
    pub fn action(self, action: Action, text: &str) -> String {
        let colour = match action {
            Action::Allow => AnsiColor::Green,
            Action::Flag => AnsiColor::Yellow,
            Action::Redact | Action::Block => AnsiColor::Red,
        };
        self.with(colour.on_default().bold(), text)
    }

    /// A frame: arrows, bars, line numbers.
    pub fn frame(self, text: &str) -> String {
        self.with(AnsiColor::Blue.on_default().bold(), text)
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.with(Style::new().bold(), text)
    }

    fn with(self, style: Style, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
