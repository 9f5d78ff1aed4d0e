using System.Buffers;

namespace Monorepo.Formats.History;

/// <summary>
/// Memory for texts of commits read one after the other, used again for each: the blocks that were decoded last, whatever segment they are
/// of, and one text that was put together. Not thread-safe.
/// </summary>
/// <param name="blocksMax">How many decoded blocks are held, of some <see cref="SegmentFormat.TextBlockBytes"/> each.</param>
public sealed class TextBuffer(int blocksMax = TextBuffer.BlocksOfWalk)
{
    // A walk by time goes back and forth between neighbours.
    private const int BlocksOfWalk = 4;

    private readonly (object? Block, byte[]? Texts)[] _blocks = new (object?, byte[]?)[blocksMax];
    private int _next;

    internal ArrayBufferWriter<byte> Unpacked { get; } = new();

    /// <summary>What was decoded of a block, valid until the next <see cref="Make"/>; null where it is no longer here.</summary>
    internal byte[]? Find(object block)
    {
        foreach ((object? held, byte[]? texts) in _blocks)
        {
            if (held == block)
            {
                return texts;
            }
        }

        return null;
    }

    /// <summary>Room for a block in the place of the one that came first. Whoever fills it says so with <see cref="Keep"/>.</summary>
    internal byte[] Make(int bytes)
    {
        byte[] texts = _blocks[_next].Texts is { } used && used.Length >= bytes ? used : GC.AllocateUninitializedArray<byte>(Math.Max(bytes, SegmentFormat.TextBlockBytes), pinned: true);
        _blocks[_next] = (null, texts);
        return texts;
    }

    /// <summary>What <see cref="Make"/> gave holds that block now.</summary>
    internal void Keep(object block)
    {
        _blocks[_next].Block = block;
        _next = (_next + 1) % _blocks.Length;
    }
}
