using Monorepo.Core;

namespace Monorepo.Formats.Dirstate;

/// <summary>
/// One state of a dirstate: the base, read in place, usually from a memory map, and the updates since. Immutable and thread-safe; cursors are not.
/// Valid as long as the base's memory is.
/// </summary>
public sealed class DirstateReader
{
    /// <summary>As many bytes of a file tell how long its base is; an older version's file may be shorter.</summary>
    public const int HeaderBytes = DirstateLayout.HeaderBytes;

    private readonly DirstateBase _base;
    private readonly DirstateOverlay _overlay;

    /// <summary>The state that a base holds.</summary>
    /// <param name="file">At least the base; must stay valid and unchanged. What follows the base is not looked at.</param>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public DirstateReader(ReadOnlyMemory<byte> file)
    {
        _base = new DirstateBase(file);
        _overlay = new DirstateOverlay([], 0, _base.Tree, _base.Stamp.Sequence);
    }

    private DirstateReader(DirstateBase files, DirstateOverlay overlay)
    {
        _base = files;
        _overlay = overlay;
    }

    /// <summary>The tree that is checked out.</summary>
    public ObjectId Tree => _overlay.Tree;

    public DirstateStamp Stamp => _base.Stamp with { Sequence = _overlay.Sequence };

    /// <summary>Whether updates can be appended to the file: it is of the version that this program writes.</summary>
    public bool TakesBatches => _base.Version == DirstateLayout.Version;

    /// <summary>Where the base ends.</summary>
    public long BaseBytes => _base.Bytes;

    /// <summary>Where the state ends: bytes after it are the beginning of a batch that was never finished, or that came later.</summary>
    public long FileBytes => _base.Bytes + _overlay.Bytes;

    /// <summary>Entries of the base and changes since: what a merge reads.</summary>
    public long Size => _base.Count + _overlay.Entries.Length;

    /// <summary>How long the base is of a file that begins with these bytes.</summary>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public static long MeasureBase(ReadOnlySpan<byte> header) => DirstateBase.Measure(header);

    /// <summary>The tree that a base holds which begins with these bytes; batches may follow that have another.</summary>
    /// <exception cref="DirstateFormatException">Damaged, or of an unknown version.</exception>
    public static ObjectId TreeOfBase(ReadOnlySpan<byte> header) => DirstateBase.TreeOf(header);

    /// <summary>The state after the batches that follow this one's end. Costs what they hold; this very object where there is none that is whole.</summary>
    /// <param name="batches">Copied from.</param>
    /// <exception cref="DirstateFormatException">Something is damaged that whole batches follow.</exception>
    public DirstateReader Append(ReadOnlySpan<byte> batches)
    {
        DirstateOverlay overlay = _overlay.Append(batches);
        return overlay == _overlay ? this : new DirstateReader(_base, overlay);
    }

    /// <summary>All entries in order of their paths.</summary>
    public DirstateCursor Open() => new(_base, _overlay);

    /// <summary>The entry of a path: reads about one block for each halving of the number of blocks.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool TryFind(ReadOnlySpan<byte> path, out DirstateEntry entry) => TryFindFirst(path, out entry) && entry.Path.Span.SequenceEqual(path);

    /// <summary>The first entry whose path is not before a path. Costs as <see cref="TryFind"/>.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool TryFindFirst(ReadOnlySpan<byte> path, out DirstateEntry entry)
    {
        DirstateCursor cursor = Open();
        bool found = cursor.Seek(path);
        entry = found ? cursor.Current : default;
        return found;
    }

    /// <summary>What updates touched after a state, ascending by path, each as it is now; removed ones are marked so.</summary>
    /// <returns>False: not known any more; everything may differ.</returns>
    public bool TryGetChangesSince(DirstateStamp since, out IReadOnlyList<DirstateEntry> changes)
    {
        bool isKnown = since == Stamp
            || (since.Lineage == Stamp.Lineage && TakesBatches && since.Sequence >= _base.Stamp.Sequence && since.Sequence < Stamp.Sequence);
        changes = isKnown ? [.. _overlay.Entries.Where(e => e.Sequence > since.Sequence).Select(e => e.Entry)] : [];
        return isKnown;
    }
}
