using Monorepo.Core;
using Monorepo.Workspace.Checkout;

namespace Monorepo.Workspace.Sparse;

/// <summary>Views by what a journal names them. Equal states give the very same rules, which comparisons look for.</summary>
internal sealed class SparseViews(SparseStore store)
{
    private readonly Dictionary<ObjectId, SparseRules> _rules = [];

    /// <exception cref="SparseException"><see cref="SparseError.Damaged"/>.</exception>
    public SparseView Of(CheckoutSource source)
    {
        if (!_rules.TryGetValue(source.Sparse, out SparseRules? rules))
        {
            rules = store.Load(source.Sparse)?.Rules ?? SparseRules.Everything;
            _rules.Add(source.Sparse, rules);
        }

        return new SparseView(source.Tree.IsNull ? null : source.Tree, rules);
    }
}
