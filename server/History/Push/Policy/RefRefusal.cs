using Monorepo.Core;
using Monorepo.History.Push.Intake;

namespace Monorepo.History.Push.Policy;

internal static class RefRefusal
{
    /// <returns>Why the ref's rule forbids the change; null when it does not.</returns>
    public static string? Find(RequestedUpdate request, RefRule rule, RefName? defaultBranch)
    {
        if (rule.RefusesPushes)
        {
            return $"{request.Name} takes no pushes: the server's rule for '{rule.Pattern}' has directPush = false.";
        }

        if (rule.IsProtected && (request.New is null || request.IsForced))
        {
            return $"{request.Name} is protected by the server's rule for '{rule.Pattern}': it can be neither forced nor deleted.";
        }

        return request.New is null && request.Name == defaultBranch
            ? $"{request.Name} is the default branch, which can't be deleted."
            : null;
    }
}
