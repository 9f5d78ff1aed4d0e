using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Status;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Workspace.WorkingCopies;

/// <summary>A dirstate's entries as a status scan wants them.</summary>
internal sealed class DirstateFiles(DirstateReader? dirstate) : ITrackedFiles
{
    private readonly DirstateCursor? _cursor = dirstate?.Open();
    private readonly List<byte[]> _dropped = [];

    public ReadOnlySpan<byte> Path => _cursor is null ? default : _cursor.Path;

    public FileMode Mode => _cursor?.Mode ?? FileMode.None;

    public ObjectId Id => _cursor?.Id ?? ObjectId.Null;

    public IReadOnlyCollection<byte[]> Dropped => _dropped;

    public bool MoveNext() => _cursor is not null && PassDropped(_cursor.MoveNext());

    public bool Seek(ReadOnlySpan<byte> path) => _cursor is not null && PassDropped(_cursor.Seek(path));

    public StatMatch Compare(in FileStatus status)
    {
        if (_cursor?.Stat is not { } recorded)
        {
            return StatMatch.Unknown;
        }

        if (recorded.SizeBytes != status.SizeBytes)
        {
            return StatMatch.OtherSize;
        }

        // A racy one stays in doubt until its content was read and the status is recorded anew.
        return _cursor.Proves(status.ToRecorded()) ? StatMatch.Same : StatMatch.Unknown;
    }

    private bool PassDropped(bool hasEntry)
    {
        while (hasEntry && _cursor!.IsDropped)
        {
            _dropped.Add(_cursor.Path.ToArray());
            hasEntry = _cursor.MoveNext();
        }

        return hasEntry;
    }
}
