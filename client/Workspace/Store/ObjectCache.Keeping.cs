using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Packs;

namespace Monorepo.Workspace.Store;

/// <content>For a cache whose owner promises that what is in it stays. Only the owner adds or removes meanwhile; others may read.</content>
public sealed partial class ObjectCache
{
    // A pack with less to throw away than one part in so many is left as it is.
    private const int DeadShare = 4;

    private const int CopyBytes = 2 << 20;

    /// <summary>Makes what was added survive a power loss.</summary>
    /// <exception cref="IOException">The device refused.</exception>
    public void Sync()
    {
        lock (_lock)
        {
            Rescan(force: true);
            foreach (CachePack pack in _packs)
            {
                pack.Sync();
            }

            DurableFile.SyncDirectory(_directory);
        }
    }

    /// <summary>Removes other objects than <paramref name="needed"/> where that frees a good part of a pack, or all of it. What stays is durable before the old pack goes.</summary>
    /// <returns>Bytes freed, or that would be.</returns>
    /// <exception cref="IOException">What stays can't be written: nothing was removed of that pack.</exception>
    public long Compact(HashSet<ObjectId> needed, bool isDryRun)
    {
        lock (_lock)
        {
            Rescan(force: true);
            long freed = 0;
            foreach (CachePack pack in _packs)
            {
                List<PackSlot> live = [.. pack.ListSlots().Select(static s => s.Slot).Where(s => needed.Contains(s.Id) && !_withdrawn.ContainsKey((pack, s.Offset)))];
                long liveBytes = live.Sum(static s => (long)s.LengthBytes);
                long deadBytes = pack.DataBytes - PackFormat.DataHeaderBytes - liveBytes;
                if (live.Count > 0 && deadBytes < pack.DataBytes / DeadShare)
                {
                    continue;
                }

                if (!isDryRun)
                {
                    CopyToNewPacks(pack, live);
                    File.Delete(CachePack.IndexPath(_directory, pack.Name));
                    File.Delete(CachePack.DataPath(_directory, pack.Name));
                }

                freed += deadBytes;
            }

            if (!isDryRun)
            {
                SweepLeftovers();
                Rescan(force: true);
            }

            return freed;
        }
    }

    private void CopyToNewPacks(CachePack pack, List<PackSlot> live)
    {
        List<CachePack> copies = [];
        List<CacheEntry> entries = [];
        long bytes = 0;
        try
        {
            foreach (PackSlot slot in live)
            {
                byte[] envelope = ReadVerified(pack, slot);
                entries.Add(new CacheEntry(slot.Id, envelope));
                bytes += envelope.Length;
                if (bytes >= CopyBytes)
                {
                    Write();
                }
            }

            Write();
            copies.ForEach(static c => c.Sync());
            DurableFile.SyncDirectory(_directory);
        }
        finally
        {
            copies.ForEach(static c => c.Dispose());
        }

        void Write()
        {
            for (int done = 0; done < entries.Count;)
            {
                if (copies.Count == 0 || !copies[^1].HasRoom(entries[done].Envelope.Length, _options))
                {
                    string name = CreatePack();
                    copies.Add(CachePack.TryOpen(_directory, name) ?? throw new IOException($"The pack {name} was made and can't be opened."));
                }

                using IDisposable claim = copies[^1].TryClaim(_directory) ?? throw new IOException($"Another process writes to '{_directory}'.");
                done += copies[^1].Append([.. entries.Skip(done)], _options);
            }

            entries.Clear();
            bytes = 0;
        }
    }

    private static byte[] ReadVerified(CachePack pack, PackSlot slot)
    {
        if (!pack.TryRead(slot, out byte[] rented))
        {
            throw new IOException($"The pack {pack.Name} ends before the object {slot.Id}.");
        }

        try
        {
            byte[] envelope = rented.AsSpan(0, slot.LengthBytes).ToArray();
            ObjectEnvelope.Open(envelope, slot.Id, out _);
            return envelope;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
