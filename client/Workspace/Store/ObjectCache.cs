using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Packs;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Objects;

namespace Monorepo.Workspace.Store;

/// <summary>
/// The user's object cache, shared by all clones and safe for any number of processes and threads at once. Opening maps the
/// packs' indexes and scans nothing; a lookup probes each pack once. Bounded: the oldest pack goes when a new one is needed.
/// What comes out was verified by its id. A cache that can't be written or read is slow, never wrong: it says so through
/// <see cref="ObjectCacheOptions.OnWarning"/> and misses. Layout in Formats/Packs/FORMAT.md.
/// </summary>
public sealed partial class ObjectCache : IDisposable
{
    // Each is a full pack that other processes were writing to at that moment.
    private const int ClaimAttemptsMax = 64;

    private const int TicksDigits = 16;

    private static readonly TimeSpan s_leftoverAge = TimeSpan.FromHours(1);

    // Longer than any tick of a file system's clock.
    private static readonly TimeSpan s_unsettled = TimeSpan.FromMilliseconds(100);

    private readonly string _directory;
    private readonly ObjectCacheOptions _options;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(CachePack Pack, uint Offset), bool> _withdrawn = new();
    private readonly List<CachePack> _retired = [];
    private volatile CachePack[] _packs = [];
    private DateTime _scannedAt;
    private volatile bool _readOnly;

    /// <param name="directory">Made where it is not there. Belongs to the cache alone.</param>
    /// <param name="options">Null: the defaults.</param>
    public ObjectCache(string directory, ObjectCacheOptions? options = null)
    {
        _directory = Path.GetFullPath(directory);
        _options = ObjectCacheOptions.Check(options ?? new ObjectCacheOptions());
        try
        {
            Directory.CreateDirectory(_directory);
            Rescan(force: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUpWriting(e);
        }
    }

    public string DirectoryPath => _directory;

    /// <summary>False once a write failed: what is added from then on stays out of the cache.</summary>
    public bool IsWritable => !_readOnly;

    /// <summary>Bytes of all packs as they are now, indexes counted as if full.</summary>
    public long MeasureBytes() => _packs.Sum(p => p.FileBytes);

    public int PackCount => _packs.Length;

    /// <summary>Whether the index knows the object; its bytes are not looked at.</summary>
    public bool Contains(ObjectId id) => TryLocate(id, _packs, out _, out _, out _) || (Rescan(force: false) && TryLocate(id, _packs, out _, out _, out _));

    /// <summary>Those that the index does not know, in their order. Looks for new packs once, not for each.</summary>
    public List<ObjectId> SelectAbsent(IEnumerable<ObjectId> ids)
    {
        Rescan(force: false);
        CachePack[] packs = _packs;
        return [.. ids.Where(id => !TryLocate(id, packs, out _, out _, out _))];
    }

    /// <summary>The object, verified; null where it is not here or damaged (which is reported, and withdrawn).</summary>
    public GitObject? TryRead(ObjectId id) => TryRead(id, scratch: null);

    /// <inheritdoc cref="TryRead(ObjectId)"/>
    /// <param name="id">The object asked for.</param>
    /// <param name="scratch">Where a blob's body goes; null: into memory of its own, as all others.</param>
    internal GitObject? TryRead(ObjectId id, BodyScratch? scratch)
    {
        GitObject? found = TryReadFrom(id, _packs, scratch);
        return found is null && Rescan(force: false) ? TryReadFrom(id, _packs, scratch) : found;
    }

    /// <summary>
    /// Adds objects that are not here yet. Never throws for a full or broken disk: it warns, once, and drops them.
    /// </summary>
    /// <returns>False where some could not be kept.</returns>
    public bool Add(IReadOnlyList<CacheEntry> entries)
    {
        if (_readOnly)
        {
            return false;
        }

        lock (_lock)
        {
            CacheEntry[] fresh = SelectFresh(entries);
            try
            {
                int done = 0;
                for (int attempt = 0; done < fresh.Length; attempt++)
                {
                    int before = done;
                    done += AppendToSomePack(fresh.AsSpan(done), attempt);
                    attempt = done > before ? 0 : attempt;
                    if (attempt == ClaimAttemptsMax)
                    {
                        return false;
                    }
                }

                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                GiveUpWriting(e);
                return false;
            }
        }
    }

    /// <summary>Unmaps; objects read before stay valid. No call may run or follow.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (CachePack pack in _packs.Concat(_retired))
            {
                pack.Dispose();
            }

            _packs = [];
            _retired.Clear();
        }
    }

    private CacheEntry[] SelectFresh(IReadOnlyList<CacheEntry> entries)
    {
        HashSet<ObjectId> seen = new(entries.Count);
        CachePack[] packs = _packs;
        return [.. entries.Where(e => seen.Add(e.Id) && e.Envelope.Length <= _options.CacheBytesMax / 2 && !TryLocate(e.Id, packs, out _, out _, out _))];
    }

    private int AppendToSomePack(ReadOnlySpan<CacheEntry> entries, int attempt)
    {
        // Newest first: the one being filled. Packs that another process writes to are left to it.
        foreach (CachePack pack in _packs)
        {
            if (!pack.HasRoom(entries[0].Envelope.Length, _options))
            {
                continue;
            }

            using IDisposable? claim = pack.TryClaim(_directory);
            int count = claim is null ? 0 : pack.Append(entries, _options);
            if (count > 0)
            {
                return count;
            }
        }

        if (attempt < ClaimAttemptsMax)
        {
            Evict(entries[0].Envelope.Length);
            CreatePack();
            Rescan(force: true);
        }

        return 0;
    }

    /// <returns>The new pack's name.</returns>
    private string CreatePack()
    {
        string name = NewName();
        CachePack.Create(_directory, name, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))), _options.SlotsPerPack);
        return name;
    }

    // Behind all others even where the clock was set back: names sort by age.
    private string NewName()
    {
        long ticks = _options.TimeProvider.GetUtcNow().UtcTicks;
        if (_packs is [{ Name.Length: > TicksDigits } newest, ..] && long.TryParse(newest.Name.AsSpan(1, TicksDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long last))
        {
            ticks = Math.Max(ticks, last + 1);
        }

        return string.Create(CultureInfo.InvariantCulture, $"p{ticks:x16}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
    }

    /// <summary>Deletes the oldest packs until one more fits.</summary>
    private void Evict(int entryBytes)
    {
        Rescan(force: true);
        DeleteOldest(Math.Max(_options.PackBytesMax, entryBytes) + (long)PackFormat.IndexBytes(_options.SlotsPerPack), isDryRun: false);
        SweepLeftovers();
        Rescan(force: true);
    }

    /// <summary>Deletes halves of packs whose maker died, once they are too old to be in the making.</summary>
    private void SweepLeftovers()
    {
        foreach (string path in FindLeftovers())
        {
            File.Delete(path);
        }
    }

    private List<string> FindLeftovers()
    {
        DateTime before = _options.TimeProvider.GetUtcNow().UtcDateTime - s_leftoverAge;
        List<string> found = [];
        foreach (string path in Directory.EnumerateFiles(_directory, "p*"))
        {
            bool isHalf = path.EndsWith(".new", StringComparison.Ordinal)
                || (path.EndsWith(".pack", StringComparison.Ordinal) && !File.Exists(Path.ChangeExtension(path, ".idx")));
            if (isHalf && File.GetLastWriteTimeUtc(path) < before)
            {
                found.Add(path);
            }
        }

        return found;
    }

    /// <summary>Looks for packs that came or went. True where the set changed.</summary>
    private bool Rescan(bool force)
    {
        DateTime changedAt = Directory.GetLastWriteTimeUtc(_directory);
        if (!force && changedAt == _scannedAt)
        {
            return false;
        }

        lock (_lock)
        {
            // The file system's clock goes in ticks: what happens later in the tick of the last change leaves the same time.
            _scannedAt = changedAt < DateTime.UtcNow - s_unsettled ? changedAt : DateTime.MinValue;
            Dictionary<string, CachePack> known = _packs.ToDictionary(p => p.Name, StringComparer.Ordinal);
            List<CachePack> packs = [];
            bool changed = false;
            foreach (string path in ListIndexes())
            {
                string name = Path.GetFileNameWithoutExtension(path);
                if (known.Remove(name, out CachePack? pack))
                {
                    packs.Add(pack);
                }
                else if (TryOpen(name) is { } opened)
                {
                    packs.Add(opened);
                    changed = true;
                }
            }

            // A reader in another thread may still look into them, so they stay mapped; few go in a process's life.
            _retired.AddRange(known.Values);
            changed |= known.Count > 0;
            _packs = [.. packs];
            return changed;
        }
    }

    private IEnumerable<string> ListIndexes()
    {
        try
        {
            return Directory.GetFiles(_directory, "p*.idx").OrderByDescending(p => p, StringComparer.Ordinal);
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody cleared the cache by deleting it: it is empty.
            return [];
        }
    }

    private CachePack? TryOpen(string name)
    {
        try
        {
            CachePack? pack = CachePack.TryOpen(_directory, name);
            if (pack is null && File.Exists(CachePack.IndexPath(_directory, name)))
            {
                _options.OnWarning?.Invoke(new CacheWarning(CacheWarningKind.UnreadablePack, $"The cached pack {name} in {_directory} is damaged and is left out; it can be deleted."));
            }

            return pack;
        }
        catch (IOException e)
        {
            _options.OnWarning?.Invoke(new CacheWarning(CacheWarningKind.UnreadablePack, $"The cached pack {name} in {_directory} can't be opened and is left out: {e.Message}"));
            return null;
        }
    }

    private bool TryLocate(ObjectId id, CachePack[] packs, out CachePack pack, out PackSlot slot, out int slotNumber)
    {
        foreach (CachePack candidate in packs)
        {
            if (candidate.TryFind(id, out slot, out slotNumber) && !_withdrawn.ContainsKey((candidate, slot.Offset)))
            {
                pack = candidate;
                return true;
            }
        }

        pack = null!;
        slot = default;
        slotNumber = 0;
        return false;
    }

    private GitObject? TryReadFrom(ObjectId id, CachePack[] packs, BodyScratch? scratch)
    {
        while (TryLocate(id, packs, out CachePack pack, out PackSlot slot, out int slotNumber))
        {
            string? damage;
            byte[] rented = [];
            try
            {
                if (pack.TryRead(slot, out rented))
                {
                    return Open(rented.AsSpan(0, slot.LengthBytes), id, scratch);
                }

                damage = "the pack ends before it";
            }
            catch (IOException e)
            {
                damage = e.Message;
            }
            finally
            {
                if (rented.Length > 0)
                {
                    ArrayPool<byte>.Shared.Return(rented);
                }
            }

            Withdraw(pack, slot, slotNumber, damage);
        }

        return null;
    }

    private static GitObject Open(ReadOnlySpan<byte> envelope, ObjectId id, BodyScratch? scratch)
    {
        ObjectHeader header = ObjectEnvelope.ReadWholeHeader(envelope);
        Memory<byte> body = scratch is not null && header.Kind == ObjectKind.Blob ? scratch.Take(header.SizeBytes) : GC.AllocateUninitializedArray<byte>(header.SizeBytes);
        ObjectEnvelope.Open(envelope, id, body.Span);
        return new GitObject(id, header.Kind, body);
    }

    private void Withdraw(CachePack pack, PackSlot slot, int slotNumber, string damage)
    {
        if (!_withdrawn.TryAdd((pack, slot.Offset), true))
        {
            return;
        }

        _options.OnWarning?.Invoke(new CacheWarning(CacheWarningKind.CorruptObject, $"Object {slot.Id} in the cached pack {pack.Name} is damaged and will be fetched again: {damage}"));
        try
        {
            lock (_lock)
            {
                pack.Withdraw(_directory, slotNumber);
            }
        }
        catch (IOException e)
        {
            GiveUpWriting(e);
        }
    }

    private void GiveUpWriting(Exception e)
    {
        if (_readOnly)
        {
            return;
        }

        _readOnly = true;
        bool full = e is PosixException { Errno: Errno.NoSpace or Errno.QuotaExceeded };
        _options.OnWarning?.Invoke(full
            ? new CacheWarning(CacheWarningKind.NoSpace, $"No space is left for the object cache in {_directory}: objects fetched now are not kept.")
            : new CacheWarning(CacheWarningKind.NotWritable, $"The object cache in {_directory} can't be written, objects fetched now are not kept: {e.Message}"));
    }
}
