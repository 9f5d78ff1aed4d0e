using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using Monorepo.Watcher;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Dirstate;
using Monorepo.Workspace.Ignore;
using Monorepo.Workspace.Status;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Workspace.Watching;

/// <summary>
/// The status of a working copy, kept ready: what may have changed since the last answer, in the tree or in the dirstate, is looked at again by the
/// rules of a whole scan, and its lines are put in the place of the old ones. Reads the clone and writes nothing. Not thread-safe.
/// </summary>
/// <param name="paths">The clone.</param>
/// <param name="folder">Its working copy, watched.</param>
internal sealed class ReadyStatus(ClonePaths paths, WatchedFolder folder) : IDisposable
{
    /// <summary>More places than this are not looked at one by one: a scan of everything is as fast.</summary>
    private const int PlacesMax = 50_000;

    private readonly StatusScanner _scanner = new(Encoding.UTF8.GetBytes(paths.WorkingCopy), TimeProvider.System);
    private readonly ReadyHead _head = new(paths);
    private readonly SortedDictionary<byte[], UnreadablePath> _unreadable = new(BytesComparer.Instance);
    private List<StatusEntry> _entries = [];
    private WatchClock _clock = WatchClock.None;
    private DirstateFile? _dirstate;
    private byte[] _excludes = [];
    private byte[] _userIgnores = [];
    private IgnorePatterns[] _fallbacks = [];
    private bool _isStarted;

    /// <summary>In the order of a status.</summary>
    public IReadOnlyList<StatusEntry> Entries => _entries;

    public ICollection<UnreadablePath> Unreadable => _unreadable.Values;

    /// <summary>There are more unreadable paths than a scan tells, so they can't be kept one by one: the next answer takes a scan of everything.</summary>
    public bool HasTooManyUnreadable { get; private set; }

    public int Scans { get; private set; }

    /// <summary>Brings the entries up to the journal and the dirstate as they are now.</summary>
    /// <param name="userIgnoreFile">Need not exist.</param>
    /// <param name="cancellationToken">Gives up; the next call begins again where this one did.</param>
    /// <exception cref="IOException">Something can't be read; the next call tries again.</exception>
    public void Refresh(string userIgnoreFile, CancellationToken cancellationToken)
    {
        ChangeSet changes = folder.Since(_clock);
        bool everything = ReadIgnoreFiles(userIgnoreFile) || changes.IsEverything || !_isStarted || HasTooManyUnreadable;
        _isStarted = false;
        everything |= !FollowDirstate(out IReadOnlyList<DirstateEntry> updates);
        DoubtfulPaths doubtful = new(_dirstate?.Reader);
        if (!everything)
            Collect(doubtful, changes, updates);
        Look(everything || doubtful.IsEverything || doubtful.Count > PlacesMax ? [[]] : doubtful.ToPlaces(), cancellationToken);
        _clock = changes.Now;
        _isStarted = true;
    }

    /// <summary>What is checked out, and whether a command has to finish something before a status can be told.</summary>
    public (Formats.Watching.StatusHead Head, bool IsFinished) FindHead() => _head.Find(_dirstate?.Reader.Tree);

    public void Dispose()
    {
        _dirstate?.Dispose();
        _head.Dispose();
    }

    private void Collect(DoubtfulPaths doubtful, ChangeSet changes, IReadOnlyList<DirstateEntry> updates)
    {
        foreach (ChangedPath changed in changes.Paths)
        {
            doubtful.Add(changed.Path);
        }

        if (updates.Count == 0)
            return;
        HashSet<byte[]> whole = new(_entries.Where(static e => e.Path[^1] == '/').Select(static e => e.Path[..^1]), BytesComparer.Instance);
        HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> lookup = whole.GetAlternateLookup<ReadOnlySpan<byte>>();
        foreach (DirstateEntry update in updates)
        {
            doubtful.Add(update.Path.Span);

            // A directory that was one line now has tracked files in it: each of the others becomes a line.
            for (ReadOnlySpan<byte> at = update.Path.Span; at.LastIndexOf((byte)'/') is > 0 and int slash;)
            {
                at = at[..slash];
                if (lookup.Contains(at))
                    doubtful.Add(at);
            }
        }
    }

    private void Look(List<byte[]> places, CancellationToken cancellationToken)
    {
        if (places.Count == 0)
            return;
        bool isEverything = places[0].Length == 0;
        StatusOptions options = new() { IgnoreFallbacks = _fallbacks };
        DirstateFiles Tracked() => new(_dirstate?.Reader);
        StatusResult found = isEverything
            ? new ParallelScan(_scanner, Tracked).Run(options, cancellationToken)
            : _scanner.ScanPaths(Tracked(), options, places, cancellationToken);
        HashSet<byte[]> replaced = new(places, BytesComparer.Instance);
        List<StatusEntry> entries = isEverything ? [] : [.. _entries.Where(e => !DoubtfulPaths.Covers(replaced, e.Path, itself: true))];
        entries.AddRange(found.Entries);
        entries.Sort(StatusEntry.GitOrder);
        _entries = entries;
        foreach (byte[] path in _unreadable.Keys.Where(p => isEverything || DoubtfulPaths.Covers(replaced, p, itself: true)).ToArray())
        {
            _unreadable.Remove(path);
        }

        foreach (UnreadablePath path in found.Unreadable)
        {
            _unreadable[path.Path] = path;
        }

        HasTooManyUnreadable = found.UnreadableCount > found.Unreadable.Count || _unreadable.Count > StatusScanner.UnreadableReportedMax;
        if (isEverything)
            Scans++;
    }

    // Whether they say something else than the last time.
    private bool ReadIgnoreFiles(string userIgnoreFile)
    {
        byte[] excludes = Read(paths.Exclude);
        byte[] userIgnores = Read(userIgnoreFile);
        if (_fallbacks.Length > 0 && excludes.AsSpan().SequenceEqual(_excludes) && userIgnores.AsSpan().SequenceEqual(_userIgnores))
            return false;
        (_excludes, _userIgnores) = (excludes, userIgnores);
        _fallbacks = [IgnorePatterns.Parse(excludes), IgnorePatterns.Parse(userIgnores)];
        return true;
    }

    private static byte[] Read(string path) => File.Exists(path) ? File.ReadAllBytes(path) : [];

    // False: any path of it may have changed.
    private bool FollowDirstate(out IReadOnlyList<DirstateEntry> updates)
    {
        updates = [];
        DirstateFile? old = _dirstate;
        DirstateFile? now = old is null ? DirstateFile.Open(Path.Combine(paths.State, "dirstate")) : old.Reopen();
        if (ReferenceEquals(old, now))
            return true;
        bool isKnown = old is not null && now is not null && now.Reader.TryGetChangesSince(old.Reader.Stamp, out updates);
        _dirstate = now;
        old?.Dispose();
        return isKnown && updates.Count <= PlacesMax;
    }
}
