using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Services;

namespace Monorepo.History.Trees;

/// <summary>A <c>GetTrees</c> request, checked.</summary>
/// <param name="Roots">Trees, commits, or tags of either.</param>
/// <param name="Haves">As roots; ids that are not here are ignored.</param>
/// <param name="Filter">Which paths below each root.</param>
/// <param name="LevelsMax">Levels below the roots to send; <see cref="int.MaxValue"/> for all.</param>
/// <param name="Differing">Leave out a tree that another root has at the same path.</param>
internal sealed record TreeQuery(ObjectId[] Roots, ObjectId[] Haves, PathFilter Filter, int LevelsMax, bool Differing = false)
{
    public static TreeQuery Parse(GetTreesRequest request) => new(
        [.. RequestIds.Parse(request.Roots, "roots").Distinct()],
        [.. RequestIds.Parse(request.Haves, "haves", ServiceLimits.HavesMax).Distinct()],
        PathFilter.Parse(request.Paths),
        request.Depth is 0 or > int.MaxValue ? int.MaxValue : (int)request.Depth,
        request.Differing);
}
