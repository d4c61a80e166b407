import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The page: what a browser gets. `vite` alone serves it for development, with the API of a running `stocktake serve`. */
export default defineConfig({
  root: 'src/ui/app',
  plugins: [react()],
  build: {
    outDir: '../../../dist/ui',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { host: '127.0.0.1', proxy: { '/api': 'http://127.0.0.1:8080' } },
})
