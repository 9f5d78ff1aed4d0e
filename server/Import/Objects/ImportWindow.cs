using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.Import.Objects;

/// <summary>An object to write.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it must be.</param>
/// <param name="Locality">Its path.</param>
/// <param name="Body">Read and checked already; null for one that is still to be read.</param>
internal readonly record struct PendingObject(ObjectId Id, ObjectKind Kind, ObjectLocality Locality, ReadOnlyMemory<byte>? Body);

/// <summary>
/// What a stretch of history brings: objects, to be written path by path, and then the commits. Contents are named only, and read when they are
/// written: so a window spans many versions of a path in little memory. Not thread-safe.
/// </summary>
internal sealed class ImportWindow
{
    private long _bytes;

    /// <summary>In the order of the log.</summary>
    public List<PendingObject> Objects { get; } = [];

    /// <summary>Commits that may be appended once this window's objects are written, and all windows' before it.</summary>
    public List<LogEntry> Commits { get; } = [];

    /// <summary>Empties the window to be filled again: its lists are large, and new ones would wait long for a collection.</summary>
    public void Clear()
    {
        Objects.Clear();
        Commits.Clear();
        _bytes = 0;
    }

    public bool IsEmpty => Objects.Count == 0;

    public bool IsFull => Objects.Count >= ImportLimits.WindowObjectsMax || _bytes >= ImportLimits.WindowBytesMax;

    /// <summary>Adds an object that is still to be read.</summary>
    public void Add(ObjectId id, ObjectKind kind, ObjectLocality locality) => Objects.Add(new PendingObject(id, kind, locality, null));

    public void Add(ObjectId id, ObjectKind kind, ObjectLocality locality, ReadOnlyMemory<byte> checkedBody)
    {
        Objects.Add(new PendingObject(id, kind, locality, checkedBody));
        _bytes += checkedBody.Length;
    }

    public void Add(ObjectId id, Commit commit)
    {
        Add(id, ObjectKind.Commit, ObjectLocality.OfKind(ObjectKind.Commit), commit.Body);
        Commits.Add(new LogEntry(id, commit.Body));
    }
}
