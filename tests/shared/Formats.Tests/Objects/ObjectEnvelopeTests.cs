using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Formats.Tests.Objects;

public sealed class ObjectEnvelopeTests
{
    [Fact]
    public void Golden_bytes_of_a_raw_envelope()
    {
        byte[] envelope = ObjectEnvelope.Seal(ObjectKind.Blob, "hello\n"u8);
        Assert.Equal("030600000068656c6c6f0a", Convert.ToHexStringLower(envelope));
    }

    [Fact]
    public void Golden_header_of_a_compressed_envelope()
    {
        byte[] envelope = ObjectEnvelope.Seal(ObjectKind.Tree, new byte[70_000]);
        Assert.Equal("1270110100", Convert.ToHexStringLower(envelope[..ObjectEnvelope.HeaderBytes]));
        // The magic number of a zstd frame.
        Assert.Equal("28b52ffd", Convert.ToHexStringLower(envelope[5..9]));
        Assert.Equal(new ObjectHeader(ObjectKind.Tree, ObjectCodec.Zstd, 70_000), ObjectEnvelope.ReadHeader(envelope));
    }

    [Fact]
    public void Any_body_comes_back()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), Gen.Choose(1, 4).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (part, kind, times) =>
        {
            byte[] body = [.. Enumerable.Repeat(part, times).SelectMany(p => p)];
            ObjectId id = ObjectHasher.Hash((ObjectKind)kind, body);
            byte[] opened = ObjectEnvelope.Open(ObjectEnvelope.Seal((ObjectKind)kind, body), id, out ObjectKind found);
            return found == (ObjectKind)kind && opened.AsSpan().SequenceEqual(body);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5_000)]
    public void Every_truncation_and_every_flipped_byte_is_refused(int repeats)
    {
        byte[] body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("abc ", repeats)));
        ObjectId id = ObjectHasher.Hash(ObjectKind.Blob, body);
        byte[] envelope = ObjectEnvelope.Seal(ObjectKind.Blob, body);
        for (int length = 0; length < envelope.Length; length++)
        {
            byte[] cut = envelope[..length];
            Assert.Throws<CorruptObjectException>(() => ObjectEnvelope.Open(cut, id, out _));
        }

        for (int i = 0; i < envelope.Length; i++)
        {
            byte[] flipped = [.. envelope];
            flipped[i] ^= 0x10;
            try
            {
                // A zstd frame has bits that do not change its content; what may never happen is other content.
                Assert.Equal(body, ObjectEnvelope.Open(flipped, id, out _));
            }
            catch (CorruptObjectException)
            {
            }
        }
    }

    [Theory]
    [InlineData("0000000000")]
    [InlineData("0500000000")]
    [InlineData("2300000000")]
    [InlineData("03ffffff7f")]
    [InlineData("03ffffffff")]
    [InlineData("13ffffff0028b52ffd")]
    public void Headers_that_can_not_be_are_refused(string hex) =>
        Assert.Throws<CorruptObjectException>(() => ObjectEnvelope.Decode(Convert.FromHexString(hex), out _));

    [Fact]
    public void Another_objects_bytes_are_refused()
    {
        byte[] envelope = ObjectEnvelope.Seal(ObjectKind.Blob, "poison"u8);
        CorruptObjectException e = Assert.Throws<CorruptObjectException>(() => ObjectEnvelope.Open(envelope, ObjectHasher.Hash(ObjectKind.Blob, "wanted"u8), out _));
        Assert.Contains("hash to", e.Message, StringComparison.Ordinal);
    }
}
