using System.Buffers;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Packs;

namespace Monorepo.Workspace.Store;

/// <summary>What went out of a cache, or would go.</summary>
/// <param name="Packs">The oldest.</param>
/// <param name="PackBytes">What they took.</param>
/// <param name="Leftovers">Files of writers that died.</param>
public sealed record CacheTrim(int Packs, long PackBytes, IReadOnlyList<string> Leftovers);

/// <summary>A cached object that is not what its id says.</summary>
public readonly record struct DamagedCacheObject(ObjectId Id, string Pack, string Damage);

/// <content>Looking after the cache. All of it is safe beside other processes.</content>
public sealed partial class ObjectCache
{
    public long BytesMax => _options.CacheBytesMax;

    /// <summary>What all packs take on the disk now.</summary>
    public long MeasureDisk()
    {
        Rescan(force: true);
        return _packs.Sum(static p => p.MeasureDisk());
    }

    /// <summary>Deletes the oldest packs until the rest fits the limit, and what writers left that died. Packs that are being written to stay.</summary>
    public CacheTrim Trim(bool isDryRun)
    {
        lock (_lock)
        {
            if (!Directory.Exists(_directory))
            {
                return new CacheTrim(0, 0, []);
            }

            Rescan(force: true);
            (int packs, long bytes) = DeleteOldest(0, isDryRun);
            IReadOnlyList<string> leftovers = FindLeftovers();
            if (!isDryRun)
            {
                foreach (string path in leftovers)
                {
                    File.Delete(path);
                }

                Rescan(force: true);
            }

            return new CacheTrim(packs, bytes, leftovers);
        }
    }

    /// <summary>Reads every object and compares it with its id. Damaged ones are withdrawn, so that they are fetched again.</summary>
    /// <param name="progress">Told how many objects were read so far; from any thread.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many there are, and the damaged ones.</returns>
    public (long Objects, IReadOnlyList<DamagedCacheObject> Damaged) Verify(IProgress<long>? progress, CancellationToken cancellationToken)
    {
        const int ReportMask = 0x3FF;
        Rescan(force: true);
        List<DamagedCacheObject> damaged = [];
        long done = 0;
        foreach (CachePack pack in _packs)
        {
            Parallel.ForEach(pack.ListSlots(), new ParallelOptions { CancellationToken = cancellationToken }, entry =>
            {
                if (FindDamage(pack, entry.Slot) is { } damage)
                {
                    lock (damaged)
                    {
                        damaged.Add(new DamagedCacheObject(entry.Slot.Id, pack.Name, damage));
                    }

                    Withdraw(pack, entry.Slot, entry.Number, damage);
                }

                if ((Interlocked.Increment(ref done) & ReportMask) == 0)
                {
                    progress?.Report(Interlocked.Read(ref done));
                }
            });
        }

        return (done, damaged);
    }

    private static string? FindDamage(CachePack pack, PackSlot slot)
    {
        byte[] rented = [];
        try
        {
            if (!pack.TryRead(slot, out rented))
            {
                return "the pack ends before it";
            }

            ObjectEnvelope.Open(rented.AsSpan(0, slot.LengthBytes), slot.Id, out _);
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
        finally
        {
            if (rented.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Deletes the oldest packs until the rest and <paramref name="bytesWanted"/> more fit the limit.</summary>
    private (int Packs, long Bytes) DeleteOldest(long bytesWanted, bool isDryRun)
    {
        long total = _packs.Sum(static p => p.FileBytes) + bytesWanted;
        int packs = 0;
        long bytes = 0;
        foreach (CachePack pack in Enumerable.Reverse(_packs))
        {
            if (total <= _options.CacheBytesMax)
            {
                break;
            }

            using IDisposable? claim = pack.TryClaim(_directory);
            if (claim is null)
            {
                continue;
            }

            total -= pack.FileBytes;
            packs++;
            bytes += pack.MeasureDisk();
            if (!isDryRun)
            {
                // The index first: data without one is swept up later, an index without data would be reported as damaged.
                File.Delete(CachePack.IndexPath(_directory, pack.Name));
                File.Delete(CachePack.DataPath(_directory, pack.Name));
            }
        }

        return (packs, bytes);
    }
}
