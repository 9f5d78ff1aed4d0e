namespace Monorepo.Cli.Help;

/// <summary>A row of the table for people who know git.</summary>
/// <param name="Git">What they type there.</param>
/// <param name="Mr">What they type here; begins with <c>mr</c> and a command that there is.</param>
/// <param name="Note">What is different; empty: nothing.</param>
public readonly record struct GitRow(string Git, string Mr, string Note = "");

/// <summary>What people type in git and what they type in mr. A new command gets a line here.</summary>
public static class GitToMr
{
    public static readonly IReadOnlyList<GitRow> Rows =
    [
        new("git clone URL DIR", "mr clone URL DIR", "the history and the files of one revision; other contents come when they are needed"),
        new("git clone --depth 1 --branch REV URL", "mr clone --depth 1 --branch REV URL", "mr checkout brings another commit when it needs it"),
        new("git fetch --unshallow, git fetch --deepen N", "mr pull --unshallow", "or mr pull --deepen N, mr pull --depth N"),
        new("git fetch", "mr pull", "brings commits and refs; what is checked out stays"),
        new("git push origin BRANCH", "mr push BRANCH"),
        new("git push --force", "mr push --force"),
        new("git checkout REV", "mr checkout REV"),
        new("git checkout -f", "mr checkout --force", "every tracked file as it was committed"),
        new("git status", "mr status", "from the watcher, without looking at the files"),
        new("git status --porcelain", "mr status --porcelain", "the same bytes"),
        new("git commit -a -m MSG", "mr commit -m MSG", "there is no staging area"),
        new("git add PATH", "mr add PATH", "for new files alone: changes of tracked files go into the next commit by themselves"),
        new("git rm PATH, git mv A B", "mr rm PATH"),
        new("git commit --amend", "mr amend", "not of a commit that the server has"),
        new("git switch BRANCH, git switch -c NEW", "mr switch BRANCH"),
        new("git branch, git branch -d NAME", "mr branch"),
        new("git tag -a -m MSG NAME", "mr tag -a -m MSG NAME"),
        new("git restore PATH", "mr restore PATH"),
        new("git clean -fd", "mr clean -fd"),
        new("git stash, git stash pop", "mr stash", "merged back by tree; conflicts leave the stash where it is"),
        new("git reset --soft HEAD^", "mr undo", "takes back the last command, whatever it was; the edits stay"),
        new("git reflog", "mr op log", "what each command changed: HEAD, refs, files"),
        new("git merge BRANCH", "mr merge BRANCH", "merged in memory, then the working copy moves once"),
        new("git add PATH, of a conflict", "mr resolve PATH", "--ours and --theirs take a side"),
        new("git rebase UPSTREAM", "mr rebase UPSTREAM", "as for merge and the others: --continue, --skip, --abort"),
        new("git pull --rebase", "mr pull --rebase"),
        new("git cherry-pick REV", "mr cherry-pick REV"),
        new("git revert REV", "mr revert REV"),
        new("git sparse-checkout set DIR", "mr sparse include DIR", "or a profile kept in the repository: mr sparse enable PROFILE"),
        new("git reset --hard && git clean -fd", "mr checkout --exact HEAD", "for machines"),
        new("git add PATH && git commit -m MSG PATH", "mr commit -m MSG PATH", "only these paths; new files must be named"),
        new("git diff HEAD", "mr diff"),
        new("git diff REV, git diff REV -- PATH", "mr diff REV"),
        new("git diff A B, git diff A...B", "mr diff A B"),
        new("git diff --stat, --name-status, -M90%, --word-diff", "mr diff --stat", "of log and show, too; the same bytes"),
        new("git log", "mr log", "the options, formats and bytes of git"),
        new("git log --graph --oneline A..B", "mr log --graph --oneline A..B"),
        new("git log -p -- PATH", "mr log -p -- PATH", "one question to the server's index of paths"),
        new("git blame PATH", "mr blame PATH"),
        new("git show REV", "mr show REV"),
        new("git show REV:PATH", "mr cat REV:PATH"),
        new("git grep PATTERN", "mr grep PATTERN"),
        new("git ls-tree -r REV", "mr ls-tree -r REV"),
        new("git for-each-ref", "mr refs"),
        new("git branch -a --contains REV", "mr refs --contains REV"),
        new("git merge-base A B", "mr merge-base A B"),
        new("git describe", "mr describe"),
        new("git rev-parse REV", "mr rev-parse REV"),
        new("git remote -v", "mr remote -v"),
        new("git remote set-url origin URL", "mr remote set-url URL"),
        new("git config --global KEY VALUE", "mr config --user set KEY VALUE", "git's user.name and user.email count where mr has none"),
        new("git config --list --show-origin", "mr config list --show-origin"),
        new("git fetch, before a journey", "mr offline add REV PATH", "contents that are declared stay in the clone; 'mr offline verify' proves it without a network"),
        new("git worktree add DIR BRANCH", "mr worktree add DIR BRANCH", "commits, branches and stashes are shared; what is checked out, undo and sparse rules are each working copy's own"),
        new("git gc", "mr gc"),
        new("git fsck", "mr fsck"),
        new("git count-objects -vH", "mr du"),
        new("git help COMMAND", "mr help COMMAND"),
    ];
}
