using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Native.Posix;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Local;

/// <summary>
/// A clone's own commits, their objects, and the refs that name them: kept until the server is known to have them, never evicted. Opening
/// costs O(local objects). Reading is thread-safe and sees what was there at opening or at the last change through this object; who changes
/// it holds the clone's lock and calls <see cref="Reload"/> first. Layout in FORMAT.md.
/// </summary>
public sealed class LocalStore : IDisposable
{
    // A reader may meet a journal whose data file another process has just replaced.
    private const int OpenAttemptsMax = 8;

    private readonly string _directory;
    private volatile State _state;

    private LocalStore(string directory, State state)
    {
        _directory = directory;
        _state = state;
    }

    /// <summary>Refs that name something else than on the server, by their full names.</summary>
    public IReadOnlyDictionary<RefName, ObjectId> Refs => _state.Contents.Refs;

    /// <summary>The commits, parents first.</summary>
    public IReadOnlyList<ObjectId> Commits => [.. _state.Contents.Groups.Select(g => g.Commit)];

    private string JournalPath => Path.Combine(_directory, "journal");

    /// <param name="directory">The clone's <c>local</c> directory; where there is none, nothing is local.</param>
    /// <exception cref="CorruptHistoryException">The journal is damaged.</exception>
    public static LocalStore Open(string directory)
    {
        LocalStore store = new(directory, State.Empty);
        store._state = store.Load(State.Empty);
        return store;
    }

    /// <summary>Sees what other processes have changed.</summary>
    public void Reload()
    {
        State old = _state;
        State fresh = Load(old);
        _state = fresh;
        if (fresh.Data != old.Data)
        {
            old.Dispose();
        }
    }

    public bool Contains(ObjectId id) => _state.Contents.Places.ContainsKey(id);

    /// <summary>The object, verified; null where it is not local.</summary>
    /// <exception cref="CorruptObjectException">What is on disk is not that object.</exception>
    public GitObject? TryRead(ObjectId id)
    {
        if (TryReadEnvelope(id) is not { } envelope)
        {
            return null;
        }

        byte[] body = ObjectEnvelope.Open(envelope, id, out ObjectKind kind);
        return new GitObject(id, kind, body);
    }

    /// <summary>The object as it rests, not verified; null where it is not local.</summary>
    public byte[]? TryReadEnvelope(ObjectId id)
    {
        State state = _state;
        if (!state.Contents.Places.TryGetValue(id, out LocalPlace place))
        {
            return null;
        }

        byte[] envelope = GC.AllocateUninitializedArray<byte>(place.LengthBytes);
        return DurableFile.TryReadAt(state.Data!, envelope, place.Offset)
            ? envelope
            : throw new CorruptObjectException($"The local object {id} is cut short on disk.");
    }

    /// <summary>The commits with their bodies, verified, parents first.</summary>
    /// <exception cref="CorruptObjectException">What is on disk is not that commit.</exception>
    public IEnumerable<GitObject> ReadCommits() => Commits.Select(id => TryRead(id)!);

    /// <summary>What came with a local commit, itself last; empty for other commits.</summary>
    public IReadOnlyList<ObjectId> ObjectsOf(ObjectId commit) => _state.Contents.FindGroup(commit)?.Objects ?? [];

    /// <summary>What an object names in the end: what is behind the tags made here, or the object itself.</summary>
    public ObjectId Peel(ObjectId id)
    {
        // Each names one that was there before it, so there is an end.
        while (_state.Contents.Places.TryGetValue(id, out LocalPlace place) && place.Kind == ObjectKind.Tag)
        {
            id = Tag.Parse(TryRead(id)!.Body).Target;
        }

        return id;
    }

    /// <summary>The tags made here that an object leads through, itself first; empty for what is no such tag.</summary>
    public IReadOnlyList<ObjectId> TagsOn(ObjectId id)
    {
        List<ObjectId> tags = [];
        while (_state.Contents.Places.TryGetValue(id, out LocalPlace place) && place.Kind == ObjectKind.Tag)
        {
            tags.Add(id);
            id = Tag.Parse(TryRead(id)!.Body).Target;
        }

        return tags;
    }

    /// <inheritdoc cref="LocalContents.HasDoubtfulEnd"/>
    public bool HasDoubtfulEnd => _state.Contents.HasDoubtfulEnd;

    /// <summary>Every object, in the order of their batches; for checks.</summary>
    public IReadOnlyList<ObjectId> Objects => [.. _state.Contents.Places.Keys];

    /// <summary>Bytes that the objects of some commits take which no other commit has: what dropping these frees.</summary>
    public long MeasureOnly(IReadOnlySet<ObjectId> commits)
    {
        LocalContents contents = _state.Contents;
        HashSet<ObjectId> kept = [.. contents.Groups.Where(g => !commits.Contains(g.Commit)).SelectMany(static g => g.Objects)];
        return contents.Groups.Where(g => commits.Contains(g.Commit)).SelectMany(static g => g.Objects).Distinct().Where(o => !kept.Contains(o))
            .Sum(o => (long)contents.Places[o].LengthBytes);
    }

    /// <summary>Data files that the journal does not name: what an interrupted command left. The caller holds the clone's lock.</summary>
    public IReadOnlyList<string> FindLeftovers()
    {
        string? current = _state.Contents.Generation == 0 ? null : DataPath(_state.Contents.Generation);
        return Directory.Exists(_directory) ? [.. Directory.EnumerateFiles(_directory, "objects-*").Where(p => p != current)] : [];
    }

    /// <summary>Begins new commits. The caller holds the clone's lock until the batch is done.</summary>
    public LocalBatch Begin()
    {
        Directory.CreateDirectory(_directory);

        // What another command wrote since would be cut off.
        Reload();
        LocalContents contents = _state.Contents;
        ulong generation = contents.Generation;
        if (generation == 0)
        {
            // Never one that was used before: a reader may still hold its journal.
            generation = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;
            Sweep();
        }

        FileDescriptor data = DurableFile.Open(DataPath(generation), OpenFlags.ReadWrite | OpenFlags.Create);
        if (PosixFile.GetStatus(data).SizeBytes > contents.DataBytes)
        {
            PosixFile.SetLength(data, contents.DataBytes);
        }

        return new LocalBatch(this, contents, generation, data);
    }

    /// <summary>Changes refs alone, durably. The caller holds the clone's lock.</summary>
    public void SetRefs(IEnumerable<(RefName Name, ObjectId? Target)> changes)
    {
        using LocalBatch batch = Begin();
        foreach ((RefName name, ObjectId? target) in changes)
        {
            batch.SetRef(name, target);
        }

        batch.Promise();
    }

    /// <summary>
    /// Forgets commits that the server has, and refs that name what the server's do. The caller holds the clone's lock and sees to it that no
    /// commit that stays has one of them as its parent, unless the server's log has it.
    /// </summary>
    /// <param name="landed">Local commits.</param>
    /// <param name="refs">Local refs.</param>
    /// <param name="save">Is given what is about to go, a commit's objects at a time: it was read here and may be again.</param>
    public void Drop(IReadOnlySet<ObjectId> landed, IReadOnlySet<RefName> refs, Action<IReadOnlyList<CacheEntry>> save)
    {
        LocalContents contents = _state.Contents;
        if (landed.Count == 0 && refs.Count == 0)
        {
            return;
        }

        LocalGroup[] kept = [.. contents.Groups.Where(g => !landed.Contains(g.Commit))];
        foreach (LocalGroup gone in contents.Groups.Where(g => landed.Contains(g.Commit)))
        {
            // Commits are in the history.
            save([.. gone.Objects.Where(o => o != gone.Commit).Select(o => new CacheEntry(o, TryReadEnvelope(o)!))]);
        }

        HashSet<ObjectId> tags = [.. contents.Refs.Where(r => !refs.Contains(r.Key)).SelectMany(r => TagsOn(r.Value))];
        if (contents.Tags.Count > tags.Count)
        {
            save([.. contents.Tags.Where(t => !tags.Contains(t)).Select(t => new CacheEntry(t, TryReadEnvelope(t)!))]);
        }

        ulong generation = contents.Generation + 1;
        ArrayBufferWriter<byte> records = new();
        if (kept.Length + tags.Count > 0)
        {
            // Tags may name commits and other tags, so they come last and in their order.
            CopyData([.. kept.SelectMany(g => g.Objects), .. contents.Tags.Where(tags.Contains)], generation, records);
        }

        foreach ((RefName name, ObjectId target) in contents.Refs.Where(r => !refs.Contains(r.Key)).OrderBy(r => r.Key))
        {
            LocalJournal.WriteRef(records, name, target);
        }

        if (records.WrittenCount > 0)
        {
            DurableFile.Replace(JournalPath, [.. LocalJournal.Header(generation), .. LocalJournal.Batch(records.WrittenSpan)]);
        }
        else
        {
            File.Delete(JournalPath);
            DurableFile.SyncDirectory(_directory);
        }

        Reload();
        Sweep();
    }

    public void Dispose() => _state.Dispose();

    /// <summary>Writes a batch behind the others; its objects are synced.</summary>
    internal void Append(LocalBatch batch)
    {
        LocalContents contents = _state.Contents;
        byte[] bytes = LocalJournal.Batch(batch.Records);
        if (contents.Generation == 0)
        {
            DurableFile.Replace(JournalPath, [.. LocalJournal.Header(batch.Generation), .. bytes]);
            DurableFile.SyncDirectory(Path.GetDirectoryName(_directory)!);
        }
        else
        {
            using FileDescriptor journal = DurableFile.Open(JournalPath, OpenFlags.ReadWrite);
            PosixFile.SetLength(journal, contents.JournalBytes);
            PosixFile.WriteAt(journal, bytes, contents.JournalBytes);
            PosixFile.Sync(journal);
        }

        Reload();
    }

    private string DataPath(ulong generation) => Path.Combine(_directory, string.Create(CultureInfo.InvariantCulture, $"objects-{generation}"));

    private void CopyData(IEnumerable<ObjectId> kept, ulong generation, ArrayBufferWriter<byte> records)
    {
        File.Delete(DataPath(generation));
        using FileDescriptor data = DurableFile.Open(DataPath(generation), OpenFlags.ReadWrite | OpenFlags.Create);
        Dictionary<ObjectId, LocalPlace> places = [];
        long offset = 0;
        foreach (ObjectId id in kept)
        {
            if (!places.TryGetValue(id, out LocalPlace place))
            {
                byte[] envelope = TryReadEnvelope(id)!;
                PosixFile.WriteAt(data, envelope, offset);
                place = new LocalPlace(_state.Contents.Places[id].Kind, offset, envelope.Length);
                places.Add(id, place);
                offset += envelope.Length;
            }

            LocalJournal.WriteObject(records, id, place);
        }

        PosixFile.Sync(data);
    }

    private State Load(State old)
    {
        for (int attempt = 1; ; attempt++)
        {
            byte[] journal;
            try
            {
                journal = File.ReadAllBytes(JournalPath);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return State.Empty;
            }

            LocalContents contents = LocalJournal.Read(journal, JournalPath);
            if (contents.Places.Count == 0)
            {
                return new State(contents, null);
            }

            if (old.Data is not null && old.Contents.Generation == contents.Generation)
            {
                return new State(contents, old.Data);
            }

            if (DurableFile.TryOpen(DataPath(contents.Generation), OpenFlags.ReadOnly) is { } data)
            {
                return new State(contents, data);
            }

            if (attempt == OpenAttemptsMax)
            {
                throw new CorruptHistoryException($"The objects of local commits, '{DataPath(contents.Generation)}', are missing.");
            }
        }
    }

    // Data files of earlier generations and of interrupted drops.
    private void Sweep()
    {
        foreach (string path in FindLeftovers())
        {
            File.Delete(path);
        }
    }

    private sealed record State(LocalContents Contents, FileDescriptor? Data) : IDisposable
    {
        public static State Empty => new(new LocalContents(0), null);

        public void Dispose() => Data?.Dispose();
    }
}
