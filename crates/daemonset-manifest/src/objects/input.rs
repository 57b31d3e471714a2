//! Where the bytes of a source come from, and how they are read again from their beginning: first as a
//! stream, and all at once where that does not do.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// A reader that can begin again.
pub(super) trait Again: Read {
    /// Goes back to the beginning. What is read from here on is not read again.
    fn again(&mut self) -> io::Result<()>;
}

/// A reader that goes back to where it was.
pub(super) struct Sought<R> {
    reader: R,
    begin: u64,
}

impl<R: Read + Seek> Sought<R> {
    pub fn new(mut reader: R) -> io::Result<Self> {
        let begin = reader.stream_position()?;
        Ok(Self { reader, begin })
    }
}

impl<R: Read> Read for Sought<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl<R: Read + Seek> Again for Sought<R> {
    fn again(&mut self) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(self.begin)).map(|_| ())
    }
}

/// A reader whose bytes are kept, since they do not come again: a pipe.
pub(super) struct Kept<R> {
    reader: R,
    bytes: io::Cursor<Vec<u8>>,
    may_come_again: bool,
}

impl<R> Kept<R> {
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            bytes: io::Cursor::default(),
            may_come_again: true,
        }
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let again = self.bytes.read(buffer)?;
        if again > 0 {
            return Ok(again);
        }
        let read = self.reader.read(buffer)?;
        if self.may_come_again {
            self.bytes.get_mut().extend_from_slice(&buffer[..read]);
            self.bytes.set_position(self.bytes.get_ref().len() as u64);
        } else if !self.bytes.get_ref().is_empty() {
            self.bytes = io::Cursor::default();
        }
        Ok(read)
    }
}

impl<R: Read> Again for Kept<R> {
    fn again(&mut self) -> io::Result<()> {
        self.bytes.set_position(0);
        self.may_come_again = false;
        Ok(())
    }
}

/// How a source is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// How many bytes tell it.
    pub const TOLD_BY: usize = 4;

    /// What the first bytes tell.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Its name, in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "text",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What is packed in these bytes and those behind them.
    pub fn unpacked<'r>(self, first: &'r [u8], reader: &'r mut dyn Read) -> Box<dyn Read + 'r> {
        let packed = first.chain(reader);
        match self {
            Self::None => Box::new(packed),
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstd => Box::new(Frames::new(packed)),
        }
    }
}

/// The frames of zstd that follow each other.
struct Frames<R> {
    reader: BufReader<R>,
    decoder: FrameDecoder,
    within_frame: bool,
}

impl<R: Read> Frames<R> {
    fn new(reader: R) -> Self {
        Self {
            reader: BufReader::new(reader),
            decoder: FrameDecoder::new(),
            within_frame: false,
        }
    }

    /// Begins the next frame, or passes over one that holds nothing.
    fn begin(&mut self) -> io::Result<()> {
        match self.decoder.init(&mut self.reader) {
            Ok(()) => self.within_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let mut skipped = (&mut self.reader).take(length.into());
                io::copy(&mut skipped, &mut io::sink())?;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.within_frame = false;
        let written = self.decoder.get_checksum_from_data();
        if written.is_some() && written != self.decoder.get_calculated_checksum() {
            return Err(io::Error::other("the checksum is another"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.within_frame {
                if self.reader.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.begin()?;
                continue;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let blocks = BlockDecodingStrategy::UptoBlocks(1);
                (self.decoder.decode_blocks(&mut self.reader, blocks)).map_err(io::Error::other)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.end()?;
        }
    }
}
