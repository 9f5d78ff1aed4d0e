using Monorepo.Native.RocksDb;
using Monorepo.Storage.RocksDb.Layout;

namespace Monorepo.Storage.RocksDb.Clusters;

/// <summary>A small cluster as <c>loose</c> lists it.</summary>
internal readonly record struct LooseCluster(ObjectLocality Locality, long Number, LooseValue Size);

/// <summary>Which small clusters go together next.</summary>
/// <param name="Groups">Each becomes one cluster; two or more in each.</param>
/// <param name="Scanned">Entries of <c>loose</c> that were looked at.</param>
/// <param name="Next">Where to go on; null at the end.</param>
internal sealed record FoldPlan(List<List<LooseCluster>> Groups, long Scanned, LooseCluster? Next)
{
    /// <summary>Bodies that one step reads and writes: its memory, and what a stop loses.</summary>
    public const long StepBytesMax = 8L << 20;

    /// <summary>Entries that one step looks at.</summary>
    public const int StepEntriesMax = 65_536;

    /// <summary>Looks through <c>loose</c> from an entry on, as far as one step goes.</summary>
    public static FoldPlan Make(StoreDatabase store, uint repository, LooseCluster from)
    {
        byte[] start = new byte[StoreKeys.LooseBytes];
        StoreKeys.WriteLoose(start, repository, from.Locality, from.Number);
        using KeyIterator iterator = store.Database.CreateIterator(store.Loose, start, StoreKeys.RepositoryEnd(repository), fillCache: false);
        List<List<LooseCluster>> groups = [];
        List<LooseCluster> group = [];
        long groupBytes = 0;
        long stepBytes = 0;
        int members = 0;
        long scanned = 0;
        for (bool valid = iterator.SeekToFirst(); valid; valid = iterator.MoveNext())
        {
            (ObjectLocality locality, long number) = StoreKeys.ReadLoose(iterator.Key);
            LooseCluster next = new(locality, number, LooseValue.Decode(iterator.Value));
            bool isSame = group.Count > 0
                && groupBytes + next.Size.BodiesBytes <= ClusterLimits.BodiesBytesMax
                && members + next.Size.Members <= ClusterLimits.MembersMax
                && ClusterPacker.CanFollow(group[^1].Locality, locality, groupBytes + next.Size.BodiesBytes);
            if (!isSame)
            {
                Close();
                if (stepBytes >= StepBytesMax || scanned >= StepEntriesMax)
                    return new FoldPlan(groups, scanned, next);
                group = [];
                groupBytes = 0;
                members = 0;
            }

            group.Add(next);
            groupBytes += next.Size.BodiesBytes;
            members += next.Size.Members;
            scanned++;
        }

        Close();
        return new FoldPlan(groups, scanned, null);

        void Close()
        {
            if (group.Count < 2)
                return;
            groups.Add(group);
            stepBytes += groupBytes;
        }
    }
}
