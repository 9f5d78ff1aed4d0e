using Monorepo.Core;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Status;

namespace Monorepo.Workspace.Tests.Status;

internal sealed record TrackedEntry(byte[] Path, Core.FileMode Mode, ObjectId Id)
{
    public FileStatus? Recorded { get; init; }

    public bool IsRacy { get; init; }
}

/// <summary>Tracked files from a list in memory; size and time of the last write are compared.</summary>
internal sealed class TrackedEntries(IReadOnlyList<TrackedEntry> entries) : ITrackedFiles
{
    private int _at = -1;

    /// <summary>Called at each step with the number of files passed.</summary>
    public Action<int>? OnMove { get; init; }

    public ReadOnlySpan<byte> Path => entries[_at].Path;

    public Core.FileMode Mode => entries[_at].Mode;

    public ObjectId Id => entries[_at].Id;

    public bool MoveNext()
    {
        _at++;
        OnMove?.Invoke(_at);
        return _at < entries.Count;
    }

    public bool Seek(ReadOnlySpan<byte> path)
    {
        for (_at = 0; _at < entries.Count; _at++)
        {
            if (entries[_at].Path.AsSpan().SequenceCompareTo(path) >= 0)
                return true;
        }

        return false;
    }

    public StatMatch Compare(in FileStatus status) => entries[_at] switch
    {
        { Recorded: null } => StatMatch.Unknown,
        { Recorded: { } recorded } when recorded.SizeBytes != status.SizeBytes => StatMatch.OtherSize,
        { Recorded: { } recorded } when recorded.MtimeNs != status.MtimeNs => StatMatch.Unknown,
        { IsRacy: true } => StatMatch.Racy,
        _ => StatMatch.Same,
    };
}
