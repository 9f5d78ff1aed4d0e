using Monorepo.Core;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Dirstate;

/// <summary>Walks a dirstate's entries in order, updates merged in. Not thread-safe.</summary>
public sealed class DirstateCursor
{
    private readonly BaseCursor _base;
    private readonly DirstateOverlay _overlay;
    private readonly long _baseWrittenNs;
    private int _next;
    private OverlayEntry? _changed;

    // Whether the base's cursor stands on an entry, and whether that was given already.
    private bool _hasBase;
    private bool _isBaseDone = true;

    internal DirstateCursor(DirstateBase files, DirstateOverlay overlay)
    {
        _base = new BaseCursor(files);
        _overlay = overlay;
        _baseWrittenNs = files.WrittenNs;
    }

    /// <summary>Valid until the next move.</summary>
    public ReadOnlySpan<byte> Path => _changed is null ? _base.Entry.Path : _changed.Path;

    public FileMode Mode => _changed?.Entry.Mode ?? _base.Entry.Mode;

    public ObjectId Id => _changed?.Entry.Id ?? _base.Entry.Id;

    public RecordedStat? Stat => _changed is null ? _base.Entry.Stat : _changed.Entry.Stat;

    /// <summary>As <see cref="DirstateEntry.IsRacy"/>.</summary>
    public bool IsRacy => _changed?.Entry.IsRacy ?? _base.Entry.Stat?.IsRacy(_baseWrittenNs) ?? false;

    /// <summary>As <see cref="DirstateEntry.IsDropped"/>.</summary>
    public bool IsDropped => _changed?.Entry.IsDropped ?? _base.Entry.IsDropped;

    /// <summary>The entry with a path of its own.</summary>
    public DirstateEntry Current => _changed?.Entry ?? new(_base.Entry.Path.ToArray(), Mode, Id, Stat) { IsRacy = IsRacy, IsDropped = IsDropped };

    /// <summary>As <see cref="DirstateEntry.Proves"/>.</summary>
    public bool Proves(in RecordedStat now) => Stat == now && !IsRacy;

    /// <exception cref="DirstateFormatException">The next block is damaged.</exception>
    public bool MoveNext()
    {
        if (_isBaseDone)
        {
            _hasBase = _base.MoveNext();
            _isBaseDone = false;
        }

        return Settle();
    }

    /// <summary>Moves to the first entry that is not before a path, from wherever it stands; false: there is none. Cheap where it is near and ahead.</summary>
    /// <exception cref="DirstateFormatException">A block on the way is damaged.</exception>
    public bool Seek(ReadOnlySpan<byte> path)
    {
        _hasBase = _base.Seek(path);
        _isBaseDone = false;
        _next = _overlay.Find(path);
        return Settle();
    }

    // Takes the lesser of the two sides, which is the newer one's where both have a path.
    private bool Settle()
    {
        while (true)
        {
            _changed = _next < _overlay.Entries.Length ? _overlay.Entries[_next] : null;
            int order = _changed is null ? -1 : _hasBase ? -_changed.ComparePath(_base.Entry.Path) : 1;
            if (order < 0)
            {
                _changed = null;
                _isBaseDone = true;
                return _hasBase;
            }

            _next++;
            if (order == 0)
            {
                _hasBase = _base.MoveNext();
            }

            if (!_changed!.Entry.IsRemoved)
            {
                return true;
            }
        }
    }
}
