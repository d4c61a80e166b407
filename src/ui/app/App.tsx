export function App() {
  return <h1>Stocktake</h1>
}
