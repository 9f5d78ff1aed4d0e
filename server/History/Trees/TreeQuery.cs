using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Trees;

/// <summary>A <c>GetTrees</c> request, checked.</summary>
/// <param name="Roots">Trees, commits, or tags of either.</param>
/// <param name="Haves">As roots; ids that are not here are ignored.</param>
/// <param name="Filter">Which paths below each root.</param>
/// <param name="LevelsMax">Levels below the roots to send; <see cref="int.MaxValue"/> for all.</param>
/// <param name="Differing">The roots are pairs, the null id the empty tree, and wanted is what each pair differs in.</param>
internal sealed record TreeQuery(ObjectId[] Roots, ObjectId[] Haves, PathFilter Filter, int LevelsMax, bool Differing = false)
{
    public static TreeQuery Parse(GetTreesRequest request)
    {
        ObjectId[] roots = RequestIds.Parse(request.Roots, "roots");
        if (request.Differing && roots.Length % 2 != 0)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"'differing' takes pairs of roots, not {roots.Length}.");
        }

        return new TreeQuery(
            request.Differing ? roots : [.. roots.Distinct()],
            [.. RequestIds.Parse(request.Haves, "haves", ServiceLimits.HavesMax).Distinct()],
            PathFilter.Parse(request.Paths),
            request.Depth is 0 or > int.MaxValue ? int.MaxValue : (int)request.Depth,
            request.Differing);
    }
}
