/// Whether text that streams in is code: between backticks, or between fences of tildes.
#[derive(Clone, Copy, Default)]
pub(super) struct CodeState {
    /// Backticks in the present run of them.
    run: usize,
    /// How many opened the code that is being read; 0 in text.
    open: usize,
    /// Tildes that the present line has begun with, and whether it has begun with nothing else.
    tildes: usize,
    in_line: bool,
    /// Between two fences of tildes.
    tilde_fence: bool,
}

impl CodeState {
    pub(super) fn read(&mut self, character: char) {
        self.read_tildes(character);
        if self.tilde_fence {
            return;
        }
        if character == '`' {
            self.run += 1;
            return;
        }
        if self.run > 0 {
            if self.open == 0 {
                self.open = self.run;
            } else if self.run == self.open || self.open >= 3 && self.run >= self.open {
                self.open = 0;
            }
            self.run = 0;
        }
        // Inline code ends with its line: an unpaired backtick must not hide all later citations.
        if character == '\n' && self.open < 3 {
            self.open = 0;
        }
    }

    pub(super) fn is_text(self) -> bool {
        self.open == 0 && !self.tilde_fence
    }

    fn read_tildes(&mut self, character: char) {
        match character {
            '\n' => (self.tildes, self.in_line) = (0, false),
            '~' if !self.in_line && self.open < 3 => {
                self.tildes += 1;
                if self.tildes == 3 {
                    self.tilde_fence = !self.tilde_fence;
                }
            }
            ' ' if self.tildes == 0 => {}
            _ => self.in_line = true,
        }
    }
}
